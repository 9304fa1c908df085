"""What we say: every wording we ship, and what no wording may do."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from journeys.actions import SPOKEN
from journeys.borrower import BY_PEOPLE
from journeys.files import Mistakes
from journeys.messages import LANGUAGES, LONGEST_TEXT, SAMPLES, TEMPLATES, WITH_SUBJECT, missing, render
from journeys.proofreading import SECTIONS, check

CHANNELS = {
    "due-soon": "email sms",
    "due-tomorrow": "sms call",
    "first-contact": "agent",
    "payment-missed": "sms email call",
    "offer-plan": "agent email",
    "demand": "letter sms",
    "validation-notice": "letter",
    "doorstep": "visit",
    "last-offer": "agent",
    "before-action": "registered sms",
}
SHIPPED = [(say, by, language) for say in CHANNELS for by in CHANNELS[say].split() for language in LANGUAGES]
WRITTEN = [one for one in SHIPPED if one[1] not in BY_PEOPLE]
THREATS = ["arrest", "police", "prison", "employer", "family", "neighbo", "relatives", "blacklist"]
THREATS += ["immediately", "公安", "拘留", "坐牢", "家人", "亲友", "单位", "失信", "黑名单", "立即"]


def write(folder: Path, name: str, text: str) -> Path:
    """A folder of wordings with one file in it."""
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder / "templates"


@pytest.mark.parametrize(("say", "channel", "language"), SHIPPED)
def test_every_wording_we_ship_can_be_filled(say: str, channel: str, language: str) -> None:
    message = render(say, channel, language, SAMPLES[language])
    words = message.subject + message.body
    assert message.body and not {"{{", "{%", "}}", "%}", "None"} & {*words.split()}
    assert "{" not in words and "  " not in words and "\n\n\n" not in words
    assert bool(message.subject) == (channel in WITH_SUBJECT)
    assert "\n" not in message.subject and str(SAMPLES[language]["borrower"]) not in message.subject
    assert str(SAMPLES[language]["lender"]) in message.body


def test_the_wordings_we_ship_have_no_faults_and_none_is_left_over() -> None:
    assert check() == []
    assert len([path for path in TEMPLATES.rglob("*") if path.is_file()]) == len(SHIPPED)


@pytest.mark.parametrize(("say", "channel", "language"), SHIPPED)
def test_an_empty_value_leaves_no_hole(say: str, channel: str, language: str) -> None:
    values = SAMPLES[language] | {"disclosure": "", "reply_stop": "", "offer": "", "also": ""}
    body = render(say, channel, language, values).body
    assert body == body.strip() and "\n\n\n" not in body and "  " not in body and " \n" not in body
    assert "“”" not in body and '""' not in body and "：\n\n\n" not in body


@pytest.mark.parametrize(
    "path", sorted((TEMPLATES.parent / "jurisdictions").glob("*.toml")), ids=lambda p: p.stem
)
def test_texts_fit_with_the_sentences_of_every_jurisdiction(path: Path) -> None:
    for language, wording in tomllib.loads(path.read_text(encoding="utf-8")).get("wording", {}).items():
        for say in (say for say in CHANNELS if "sms" in CHANNELS[say]):
            body = render(say, "sms", language, SAMPLES[language] | wording | {"also": "", "link": ""}).body
            assert len(body) <= LONGEST_TEXT[language], body
            assert body.endswith(wording["reply_stop"])
            assert language == "zh" or body.isascii(), "one fancy sign makes every part half as long"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_law_wants_is_in_every_message_about_an_overdue_sum(language: str) -> None:
    for say, channel, _ in (one for one in SHIPPED if one[2] == language and one[1] != "call"):
        body = render(say, channel, language, SAMPLES[language]).body
        assert (str(SAMPLES[language]["disclosure"]) in body) == (not say.startswith("due-")), (say, channel)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("say", ["due-tomorrow", "payment-missed"])
def test_an_automated_call_tells_a_stranger_nothing(say: str, language: str) -> None:
    body = render(say, "call", language, SAMPLES[language]).body
    telling = {"loan", "debt", "pay", "owe", "overdue", "due", "贷款", "欠", "还款", "逾期", "催"}
    assert not [word for word in telling if word in (body.lower().split() if word.isascii() else body)]
    assert {"en": "automated", "zh": "自动语音"}[language] in body.split("\n")[0]


def test_no_wording_to_a_borrower_threatens_shames_or_names_others() -> None:
    for say, channel, language in WRITTEN:
        message = render(say, channel, language, SAMPLES[language])
        words = f"{message.subject}\n{message.body}".lower()
        assert not [threat for threat in THREATS if threat in words], (say, channel, language)


@pytest.mark.parametrize(("say", "channel", "language"), [one for one in SHIPPED if one[1] == "email"])
def test_an_email_says_how_to_complain_and_how_to_opt_out(say: str, channel: str, language: str) -> None:
    body = render(say, channel, language, SAMPLES[language]).body
    assert str(SAMPLES[language]["complaints"]) in body and str(SAMPLES[language]["reply_stop"]) in body


def test_values_are_never_read_as_wordings() -> None:
    name = "{{ 7*7 }}{% for a in b %}{{ lender }}"
    body = render("due-soon", "email", "en", SAMPLES["en"] | {"borrower": name}).body
    assert body.startswith(f"Dear {name},")


def test_what_no_wording_wants_is_not_reckoned() -> None:
    def never() -> str:
        raise AssertionError("an e-mail before the due date has no itemisation")

    assert render("due-soon", "email", "en", SAMPLES["en"] | {"itemisation": never}).body
    notice = render("validation-notice", "letter", "en", SAMPLES["en"] | {"itemisation": lambda: "1 + 1 = 2"})
    assert "1 + 1 = 2" in notice.body


def test_a_wording_of_ones_own_may_have_any_value_in_its_subject_alone(tmp_path: Path) -> None:
    folder = write(
        tmp_path, "hello/email.en.txt", "Subject: {{ itemisation }}\n\n{% if offer %}Pay.{% endif %}\n"
    )
    values = SAMPLES["en"] | {"itemisation": lambda: "Owed: 1"}
    message = render("hello", "email", "en", values, folder)
    assert (message.subject, message.body) == ("Owed: 1", "Pay.")


def test_a_line_break_in_a_value_does_not_break_out_of_the_subject() -> None:
    values = SAMPLES["en"] | {"loan": "LN-1\r\nBcc: someone@example.com"}
    assert render("demand", "letter", "en", values).subject.startswith("Loan LN-1 Bcc: someone@example.com:")


def test_the_record_names_the_wording_and_its_digest() -> None:
    message = render("demand", "sms", "zh", SAMPLES["zh"])
    text = (TEMPLATES / "demand" / "sms.zh.txt").read_bytes()
    assert (message.template, message.digest) == ("demand/sms.zh", hashlib.sha256(text).hexdigest())


def test_an_edited_wording_counts_from_the_next_message_on(tmp_path: Path) -> None:
    folder = write(tmp_path, "payment-missed/sms.en.txt", "First. {{ reply_stop }}\n")
    before = render("payment-missed", "sms", "en", SAMPLES["en"], folder)
    write(tmp_path, "payment-missed/sms.en.txt", "Second. {{ reply_stop }}\n")
    after = render("payment-missed", "sms", "en", SAMPLES["en"], folder)
    assert (before.body.split()[0], after.body.split()[0]) == ("First.", "Second.")
    assert before.digest != after.digest


def test_a_value_not_given_is_named() -> None:
    values = {name: value for name, value in SAMPLES["en"].items() if name != "arrears"}
    with pytest.raises(Mistakes, match=r"demand/sms\.en: 'arrears' is undefined: give a value"):
        render("demand", "sms", "en", values)


def test_a_language_without_a_wording_is_refused_rather_than_replaced() -> None:
    with pytest.raises(Mistakes, match=r"no wording for 'demand' by sms in fr: write .*/demand/sms\.fr\.txt"):
        render("demand", "sms", "fr", SAMPLES["en"])


def test_a_wording_that_is_not_there_is_a_sentence() -> None:
    assert missing([(say, by) for say, by, _ in SHIPPED]) == []
    assert missing([("demand", "visit")]) == [
        "no wording for 'demand' by visit in Chinese: write journeys/templates/demand/visit.zh.md",
        "no wording for 'demand' by visit in English: write journeys/templates/demand/visit.en.md",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{% for a in offer %}{{ a }}{% endfor %}", "'For' is not for wordings"),
        ("{{ 7*7 }}", "'Mul' is not for wordings"),
        ("{{ offer * 999999999 }}", "'Mul' is not for wordings"),
        ("{{ offer|upper }}", "'Filter' is not for wordings"),
        ("{{ offer.__class__ }}", "'Getattr' is not for wordings"),
        ("{{ range(9) }}", "'Call' is not for wordings"),
        ("{% set offer = loan %}", "'Assign' is not for wordings"),
        ("{% if offer == loan %}x{% endif %}", "'If' is not for wordings"),
        ("{% if offer %}x{% else %}y{% endif %}", "'If' is not for wordings"),
        ("{% include 'demand/sms.en.txt' %}", "'Include' is not for wordings"),
        ("{{ iban }}", "unknown placeholder 'iban'; known are also, arrears, borrower,"),
        ("{% if iban %}x{% endif %}", "unknown placeholder 'iban'"),
        ("{{ loan", "this cannot be read: "),
    ],
)
def test_a_wording_that_reckons_is_refused_with_file_and_line(
    tmp_path: Path, line: str, sentence: str
) -> None:
    text = f"Subject: Hello\n\nFirst line.\n{line}"
    templates = write(tmp_path, "demand/letter.en.txt", text)
    with pytest.raises(Mistakes) as refused:
        render("demand", "letter", "en", SAMPLES["en"], templates)
    assert f"/templates/demand/letter.en.txt:4: {sentence}" in str(refused.value)
    assert str(refused.value) in "\n".join(check(templates))


def test_a_letter_without_a_subject_is_refused(tmp_path: Path) -> None:
    templates = write(tmp_path, "demand/letter.en.txt", "Dear {{ borrower }},\n\nplease pay.")
    with pytest.raises(Mistakes, match=r"letter\.en\.txt:1: begin with a line 'Subject: …' and a blank line"):
        render("demand", "letter", "en", SAMPLES["en"], templates)


@pytest.mark.parametrize(
    ("name", "text", "finding"),
    [
        ("sms.en.txt", "Please pay\n{{ arrears }}.\n", "sms.en.txt:2: a text ends with {{ reply_stop }}"),
        ("sms.en.txt", "{{ reply_stop }} Please pay.", "sms.en.txt:1: a text ends with {{ reply_stop }}"),
        ("sms.en.txt", f"{'pay ' * 80}{{{{ reply_stop }}}}", "341 characters when filled, more than the 320"),
        ("email.en.txt", "Subject: Hello\n\nPlease pay.", "email.en.txt:3: an e-mail has {{ reply_stop }}"),
        ("letter.en.txt", "Subject: {{ borrower }}\n\nPay.", "letter.en.txt:1: a subject does not name the"),
        (
            "call.en.txt",
            "Hello.\nYou owe {{ arrears }}.",
            "call.en.txt:2: an automated call does not say 'arr",
        ),
        (
            "agent.en.md",
            "## Opening\n\nHello.",
            "agent.en.md:3: the script lacks the section '## Confirming'",
        ),
        ("agent.en.md", "## Result\n\n- refused", "the script does not explain the result 'promised'"),
        ("agent.en.txt", "Hello.", "agent.en.txt:1: this file is never read"),
        ("sms.fr.txt", "{{ reply_stop }}", "sms.fr.txt:1: this file is never read"),
        ("sms.en.txt", "Pay. {{ reply_stop }}", "no wording for 'demand' by sms in Chinese: write "),
    ],
)
def test_what_a_wording_lacks_is_found(tmp_path: Path, name: str, text: str, finding: str) -> None:
    found = check(write(tmp_path, f"demand/{name}", text))
    assert [sentence for sentence in found if finding in sentence], found


@pytest.mark.parametrize(("say", "channel", "language"), [one for one in SHIPPED if one[1] in BY_PEOPLE])
def test_a_script_goes_from_hello_to_the_result_and_says_who_before_what(
    say: str, channel: str, language: str
) -> None:
    script = render(say, channel, language, SAMPLES[language]).body
    headings = [line[3:] for line in script.split("\n") if line.startswith("## ")]
    assert headings == list(SECTIONS[language])
    sections = dict(zip(headings, script.split("\n## ")[1:], strict=True))
    before = sections[headings[0]] + sections[headings[1]]
    assert not [
        name for name in ("arrears", "outstanding", "due_date") if str(SAMPLES[language][name]) in before
    ]
    results = script.split("\n")[-len(SPOKEN) :]
    assert [line[2:].replace("：", ":").split(":")[0] for line in results] == list(SPOKEN)


@pytest.mark.parametrize(
    ("says", "wanted", "sentence"),
    [
        ("Hello.", {"disclosure": "US.X"}, "due-soon/sms.en lacks {{ disclosure }}, which US.X wants said"),
        ("{{ disclosure }}", {"disclosure": "US.X"}, "due-soon/sms.en: 'disclosure' is empty, and US.X"),
    ],
)
def test_a_wording_that_lacks_what_the_law_wants_said_is_refused(
    tmp_path: Path, says: str, wanted: dict[str, str], sentence: str
) -> None:
    templates = write(tmp_path, "due-soon/sms.en.txt", says)
    values = SAMPLES["en"] | {"disclosure": ""}
    with pytest.raises(Mistakes, match=re.escape(sentence)):
        render("due-soon", "sms", "en", values, templates, wanted)


def test_wordings_are_held_to_the_law_of_every_place_their_strategy_is_for(tmp_path: Path) -> None:
    templates = write(tmp_path, "payment-missed/email.en.txt", "Subject: Late\n\nPay. {{ reply_stop }}\n")
    found = [sentence for sentence in check(templates) if sentence.startswith("payment-missed/email.en ")]
    assert found == [
        "payment-missed/email.en lacks {{ complaints }}, which HOUSE.COMPLAINTS wants said: add it",
        "payment-missed/email.en lacks {{ disclosure }}, which US.REGF.DISCLOSE wants said: add it",
        "payment-missed/email.en lacks {{ lender }}, which HOUSE.NAME wants said: add it",
        "payment-missed/email.en lacks {{ lender_phone }}, which HOUSE.COMPLAINTS wants said: add it",
    ]
