"""The law to the second: windows, caps, cooling off, several zones, several layers."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.borrower import Channel
from journeys.calendar import local
from journeys.compliance import Attempt, Law, Spent, clearance, earliest, law_of, load
from journeys.files import Mistakes

NEW_YORK, LOS_ANGELES, SHANGHAI = "America/New_York", "America/Los_Angeles", "Asia/Shanghai"
US, CN = law_of(("us",)), law_of(("cn",))
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    """An instant like "2026-08-13 08:00 -04:00"."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M %z").astimezone(UTC)


def attempt(when: datetime, channel: Channel = Channel.SMS, loan: str = "A") -> Attempt:
    return Attempt(loan, channel, when)


def spent(text: str, channel: Channel = Channel.SMS, loan: str = "A", result: str = "made") -> Spent:
    return Spent(f"{loan}.{text}", loan, channel, at(text), result)


def refused_by(law: Law, zones: tuple[str, ...], past: list[Spent], what: Attempt) -> str | None:
    refusal = clearance(law, zones, past, what)
    return refusal.rule if refusal else None


@pytest.mark.parametrize(
    ("clock", "after", "rule"),
    [
        ("08:00", -SECOND, "US.REGF.TIME"),
        ("08:00", 0 * SECOND, None),
        ("21:00", -SECOND, None),
        ("21:00", 0 * SECOND, "US.REGF.TIME"),
    ],
)
def test_hours_are_kept_to_the_second(clock: str, after: timedelta, rule: str | None) -> None:
    when = at(f"2026-08-13 {clock} -0400") + after
    assert refused_by(US, (NEW_YORK,), [], attempt(when)) == rule


def test_letters_may_be_posted_at_any_hour() -> None:
    assert clearance(US, (NEW_YORK,), [], attempt(at("2026-08-13 03:00 -0400"), Channel.LETTER)) is None


def test_hours_must_be_open_in_every_zone_the_borrower_may_be_in() -> None:
    early, late = at("2026-08-13 10:59 -0400"), at("2026-08-13 21:00 -0400")
    assert refused_by(US, (NEW_YORK, LOS_ANGELES), [], attempt(early)) == "US.REGF.TIME"
    assert refused_by(US, (NEW_YORK, LOS_ANGELES), [], attempt(early + 60 * SECOND)) is None
    assert refused_by(US, (LOS_ANGELES, NEW_YORK), [], attempt(late)) == "US.REGF.TIME"


def test_the_strictest_layer_wins() -> None:
    both = law_of(("us", "cn"))
    when = at("2026-08-13 21:30 +0800")
    assert clearance(CN, (SHANGHAI,), [], attempt(when)) is None
    assert refused_by(both, (SHANGHAI,), [], attempt(when)) == "US.REGF.TIME"


def test_of_several_refusals_the_one_that_binds_longest_is_given() -> None:
    past = [spent(f"2026-08-{day} 12:00 -0400") for day in (11, 12, 13)]
    refusal = clearance(US, (NEW_YORK,), past, attempt(at("2026-08-13 22:00 -0400")))
    assert refusal is not None
    assert (refusal.rule, refusal.until) == ("HOUSE.WEEK", at("2026-08-18 00:00 -0400"))


def test_the_house_speaks_to_a_borrower_once_a_day_for_all_loans_together() -> None:
    past = [spent("2026-08-13 09:00 -0400", Channel.EMAIL, loan="B")]
    assert refused_by(US, (NEW_YORK,), past, attempt(at("2026-08-13 20:00 -0400"))) == "HOUSE.DAY"
    assert refused_by(US, (NEW_YORK,), past, attempt(at("2026-08-14 08:00 -0400"))) is None


def test_a_day_is_the_borrowers_own_not_that_of_greenwich() -> None:
    past = [spent("2026-08-13 20:30 -0400")]
    assert past[0].at.date().day == 14
    assert refused_by(US, (NEW_YORK,), past, attempt(at("2026-08-14 08:00 -0400"))) is None


def test_a_cap_holds_in_every_window_even_if_contacts_were_recorded_out_of_order() -> None:
    past = [spent(f"2026-08-{day} 12:00 -0400") for day in (16, 12, 18)]
    between = attempt(at("2026-08-14 12:00 -0400"))
    assert refused_by(US, (NEW_YORK,), past, between) == "HOUSE.WEEK"
    refusal = clearance(US, (NEW_YORK,), list(reversed(past)), between)
    assert refusal is not None and refusal.until == at("2026-08-19 00:00 -0400")


def test_only_conversations_count_against_a_cap_on_conversations() -> None:
    law = Law.of([CN.layers[0]])
    talks = [spent(f"2026-08-13 {hour}:00 +0800", Channel.CALL, result="conversation") for hour in (9, 10)]
    rings = [spent("2026-08-13 11:00 +0800", Channel.CALL, result="no_answer")]
    third = spent("2026-08-13 11:30 +0800", Channel.AGENT, result="promised")
    when = attempt(at("2026-08-13 12:00 +0800"), Channel.CALL)
    assert clearance(law, (SHANGHAI,), [*talks, *rings], when) is None
    assert refused_by(law, (SHANGHAI,), [*talks, *rings, third], when) == "CN.FREQ3"


def test_seven_calls_in_seven_days_are_the_most_for_one_loan_and_another_loan_has_its_own() -> None:
    law = Law.of([US.layers[0]])
    past = [spent(f"2026-08-{day} 12:00 -0400", Channel.CALL) for day in range(10, 17)]
    when = at("2026-08-16 13:00 -0400")
    assert refused_by(law, (NEW_YORK,), past, attempt(when, Channel.CALL)) == "US.REGF.CALL7"
    assert clearance(law, (NEW_YORK,), past, attempt(when, Channel.CALL, loan="B")) is None
    assert clearance(law, (NEW_YORK,), past, attempt(at("2026-08-17 08:00 -0400"), Channel.CALL)) is None


def test_a_conversation_on_the_13th_frees_the_20th() -> None:
    past = [spent("2026-08-13 15:00 -0400", Channel.AGENT, result="conversation")]
    last = at("2026-08-20 00:00 -0400") - SECOND
    refusal = clearance(US, (NEW_YORK,), past, attempt(at("2026-08-19 20:00 -0400"), Channel.CALL))
    assert refusal is not None
    assert (refusal.rule, refusal.until) == ("US.REGF.CONV7", last + SECOND)
    assert refused_by(US, (NEW_YORK,), past, attempt(at("2026-08-20 08:00 -0400"), Channel.CALL)) is None


def test_cooling_off_is_for_telephone_calls_about_the_same_loan() -> None:
    past = [spent("2026-08-13 15:00 -0400", Channel.AGENT, result="promised")]
    when = at("2026-08-15 12:00 -0400")
    assert clearance(US, (NEW_YORK,), past, attempt(when, Channel.EMAIL)) is None
    assert clearance(US, (NEW_YORK,), past, attempt(when, Channel.CALL, loan="B")) is None


def test_a_call_nobody_answered_cools_nothing_off() -> None:
    past = [spent("2026-08-13 15:00 -0400", Channel.AGENT, result="no_answer")]
    assert clearance(US, (NEW_YORK,), past, attempt(at("2026-08-14 12:00 -0400"), Channel.CALL)) is None


def test_zones_whose_hours_never_meet_are_refused_in_a_sentence() -> None:
    nowhere = (SHANGHAI, "Pacific/Honolulu", "Africa/Accra")
    with pytest.raises(ValueError, match="no instant within reach is clear for sms"):
        earliest(US, nowhere, [], attempt(at("2026-01-13 12:00 -0500")))


START = datetime(2026, 2, 20, tzinfo=UTC)
INSTANTS = st.integers(0, 60 * 24 * 60).map(lambda minute: START + timedelta(minutes=minute))
RESULTS = st.sampled_from(["made", "no_answer", "conversation", "promised"])
PASTS = st.lists(
    st.builds(Spent, st.just("x"), st.sampled_from("AB"), st.sampled_from(Channel), INSTANTS, RESULTS),
    max_size=12,
)
ZONES = st.sampled_from([(NEW_YORK,), (NEW_YORK, LOS_ANGELES), (SHANGHAI,), (LOS_ANGELES, SHANGHAI)])


@given(st.sampled_from([US, CN]), ZONES, PASTS, st.sampled_from(Channel), INSTANTS)
def test_the_earliest_instant_is_clear_and_the_second_before_it_is_not(
    law: Law, zones: tuple[str, ...], past: list[Spent], channel: Channel, when: datetime
) -> None:
    found, refusal = earliest(law, zones, past, attempt(when, channel))
    assert clearance(law, zones, past, attempt(found, channel)) is None
    if found == when:
        assert refusal is None
    else:
        assert refusal is not None and refusal.until == found
        assert clearance(law, zones, past, attempt(found - SECOND, channel)) is not None


@given(st.sampled_from([US, CN]), ZONES, PASTS, st.sampled_from(Channel), INSTANTS, st.integers(0, 1000))
def test_no_lawful_instant_is_passed_over(
    law: Law, zones: tuple[str, ...], past: list[Spent], channel: Channel, when: datetime, share: int
) -> None:
    found, _ = earliest(law, zones, past, attempt(when, channel))
    between = when + (found - when) * share / 1000
    if between < found:
        assert clearance(law, zones, past, attempt(between, channel)) is not None


@given(ZONES, INSTANTS)
def test_what_is_cleared_for_a_text_is_within_reg_f_hours_in_every_zone(
    zones: tuple[str, ...], when: datetime
) -> None:
    found, _ = earliest(US, zones, [], attempt(when))
    assert all(time(8) <= local(found, zone).time() < time(21) for zone in zones)


# ── files ────────────────────────────────────────────────────────────────────────────────────────

GOOD = """\
name = "xx"
version = 1
applies_from = 2026-01-01
calendar = "US"
window = [
  { rule = "XX.TIME", channels = ["sms"], hours = "08:00-21:00", strength = "law", confidence = "A", cite = "§ 1" },
]
cap = [
  { rule = "XX.CAP", channels = ["sms"], per = "loan", most = 2, days = 1, strength = "law", confidence = "A", cite = "§ 2" },
]
cool_off = [
  { rule = "XX.COOL", channels = ["call"], after = "conversation", per = "loan", days = 7, strength = "law", confidence = "A", cite = "§ 3" },
]
"""  # noqa: E501  as long as they are in the files


def test_a_good_file_is_read(tmp_path: Path) -> None:
    assert [rule.rule for rule in Law.of([load(written(tmp_path, GOOD))]).rules] == [
        "XX.TIME",
        "XX.CAP",
        "XX.COOL",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('calendar = "US"', 'callendar = "US"', 4, "callendar: this key is not known; is it misspelt?"),
        ('calendar = "US"', "", 1, "calendar: this key is missing"),
        ("08:00-21:00", "21:00-08:00", 6, "window 1 hours: '21:00-08:00' closes before it opens"),
        (', cite = "§ 1"', "", 6, "window 1 cite: this key is missing"),
        ("most = 2", "most = 0", 9, "cap 1 most: "),
        ('days = 1, strength = "law"', 'days = 1, strength = "rumour"', 9, "cap 1 strength: "),
        ('["call"]', '["telex"]', 12, "cool_off 1 channels"),
        ('after = "conversation"', 'after = "silence"', 12, "cool_off 1 after: "),
    ],
)  # fmt: skip
def test_each_mistake_is_named_by_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, sentence: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(Mistakes) as refused:
        load(path)
    mistakes = str(refused.value).splitlines()
    assert any(one.startswith(f"{path}:{line}: ") and sentence in one for one in mistakes), mistakes


def test_a_place_whose_law_we_do_not_have_is_refused_with_those_we_have() -> None:
    with pytest.raises(Mistakes, match=r"there is no jurisdiction 'fr'; known are cn, house, us"):
        law_of(("fr",))


def test_law_is_live_an_edited_file_counts_at_once(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(GOOD.replace('"xx"', '"house"'), encoding="utf-8")
    path = written(tmp_path, GOOD)
    assert law_of(("xx",), tmp_path).version == "xx.1 house.1"
    path.write_text(GOOD.replace("version = 1", "version = 22"), encoding="utf-8")
    assert law_of(("xx",), tmp_path).version == "xx.22 house.1"


def test_what_counts_as_working_days_comes_from_the_innermost_layer_that_says_so() -> None:
    assert (US.calendar, CN.calendar) == ("US", "CN")


def test_every_rule_we_ship_cites_its_source_and_has_a_name_of_its_own() -> None:
    rules = law_of(("us", "cn")).rules
    assert all(rule.cite.strip() for rule in rules)
    assert len({rule.rule for rule in rules}) == len(rules)


def written(folder: Path, text: str) -> Path:
    path = folder / "xx.toml"
    path.write_text(text, encoding="utf-8")
    return path
