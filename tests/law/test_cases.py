"""Worked cases: ours, a file a jurisdiction, and those beside the project where they are at hand."""

import json
from pathlib import Path

import pytest

from journeys.files import Mistakes
from journeys.law.judge import judge
from journeys.law.jurisdiction import FOLDER, HOUSE, load

OURS = sorted(Path(__file__).parent.glob("*.jsonl"))
SHARED = Path(__file__).parents[3] / "shared" / "law" / "cases.jsonl"
CASE = json.loads(OURS[0].read_text(encoding="utf-8").splitlines()[0])


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_every_case_of_ours_is_judged_as_it_was_reckoned_by_hand(path: Path) -> None:
    report = judge(path)
    assert report.sound, str(report)


def test_every_jurisdiction_has_cases_and_every_case_names_a_rule_of_its_layers() -> None:
    places = {path.stem for path in FOLDER.glob("*.toml")} - {HOUSE}
    assert {path.stem for path in OURS} == places
    for path in OURS:
        layer = load(FOLDER / f"{path.stem}.toml")
        layers = [layer, *(load(FOLDER / f"{name}.toml") for name in layer.within)]
        rules = {rule.rule for layer in layers for rule in layer.rules} | {"US.REGF.CONSENT7"}
        named = {json.loads(line)["rule"] for line in path.read_text(encoding="utf-8").splitlines()}
        assert named <= rules, f"{path.name} names {', '.join(sorted(named - rules))}"


@pytest.mark.skipif(not SHARED.is_file(), reason=f"{SHARED} is not beside this checkout")
def test_the_cases_beside_the_project_are_judged_as_they_say() -> None:
    report = judge(SHARED)
    assert report.cases == 192
    assert report.sound, str(report)


def written(folder: Path, *cases: object) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in cases))
    return path


@pytest.mark.parametrize(
    "wrong",
    [{"allowed": True}, {"earliest_allowed": "2027-03-10T07:30:01+11:00"}, {"earliest_allowed": None}],
    ids=["allowed", "a second later", "only an event"],
)
def test_a_wrong_expectation_is_a_miss_with_both_answers_and_the_rules_that_spoke(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    report = judge(written(tmp_path, CASE, {**CASE, "id": "wrong", **wrong}))
    assert not report.sound
    assert [miss.case for miss in report.misses] == ["wrong"]
    assert "given not before 2027-03-10T07:30:00+11:00 (AU.TIME: closed at 07:29" in str(report)
    assert str(report).endswith("1 of 2 cases as expected")


def test_a_case_names_its_holidays_and_is_judged_by_no_others(tmp_path: Path) -> None:
    on_good_friday = {**CASE["attempt"], "at": "2027-03-26T10:00:00+11:00"}
    unnamed = {**CASE, "attempt": on_good_friday, "allowed": True, "earliest_allowed": on_good_friday["at"]}
    named = {
        **unnamed,
        "setup": {**CASE["setup"], "holidays": ["2027-03-26"]},
        "allowed": False,
        "earliest_allowed": "2027-03-27T09:00:00+11:00",
    }
    report = judge(written(tmp_path, unnamed, named))
    assert report.sound, str(report)


def test_hours_that_were_named_without_a_date_hold_always(tmp_path: Path) -> None:
    agreed = {"type": "agreed_hours", "from": "06:00:00", "to": "08:00"}
    case = {**CASE, "setup": {**CASE["setup"], "events": [agreed]}, "allowed": True}
    report = judge(written(tmp_path, {**case, "earliest_allowed": CASE["attempt"]["at"]}))
    assert report.sound, str(report)


@pytest.mark.parametrize(
    "when", [{"date": "2027-03-02"}, {"served_on": "2027-03-02"}, {"starts_on": "2027-03-02"}]
)
def test_an_event_may_say_when_it_was_in_several_words(tmp_path: Path, when: dict[str, str]) -> None:
    order = {
        **CASE,
        "jurisdiction": "CN",
        "setup": {"zones": ["Asia/Shanghai"], "events": [{"type": "payment_order_served", **when}]},
        "attempt": {
            **CASE["attempt"],
            "channel": "legal",
            "purpose": "apply_enforcement",
            "at": "2027-03-10T10:00:00+08:00",
        },
        "earliest_allowed": "2027-03-18T00:00:00+08:00",
    }
    report = judge(written(tmp_path, order))
    assert report.sound, str(report)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "cases.jsonl:2: "),
        ({**CASE, "jurisdiction": "XX"}, "there is no jurisdiction 'xx'"),
        ({**CASE, "attempt": {**CASE["attempt"], "at": "2027-03-10T08:00:00"}}, "has no offset from UTC"),
        ({**CASE, "attempt": {**CASE["attempt"], "channel": "pigeon"}}, "'pigeon' is not a channel"),
        (
            {**CASE, "setup": {**CASE["setup"], "events": [{"type": "married", "at": "2027-01-01"}]}},
            "'married' is not an event",
        ),
        (
            {
                **CASE,
                "setup": {
                    **CASE["setup"],
                    "events": [{"type": "designation", "at": "2027-01-01", "from": "3 pm"}],
                },
            },
            "'3 pm' is not a time of day",
        ),
        ({"id": "bare"}, "'setup' is missing"),
        ([CASE], "is no case: compare it with those in tests/law"),
    ],
)
def test_a_line_that_is_no_case_is_named_and_the_others_are_judged(
    tmp_path: Path, line: object, sentence: str
) -> None:
    report = judge(written(tmp_path, CASE, line, CASE))
    assert (report.cases, len(report.unread), report.sound) == (2, 1, False)
    assert sentence in str(report)


def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Mistakes, match=r"none\.jsonl: cannot be read"):
        judge(tmp_path / "none.jsonl")
