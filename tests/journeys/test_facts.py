"""Facts and actions as they cross a border: read by their kind, and just the same on the other side."""

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from journeys import actions as a
from journeys import facts as f
from journeys.diary import line
from journeys.loan import Instalment
from journeys.money import Money

FACTS = [*get_args(f.Told), *get_args(f.Learned)]
ACTIONS = [a.Wait, *get_args(a.Act)]
FACT: TypeAdapter[Any] = TypeAdapter(f.Fact)
ACTION: TypeAdapter[Any] = TypeAdapter(a.Action)

st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(str, st.text(min_size=1))
VALUES = st.fixed_dictionaries({"zone": st.just("Asia/Tokyo")}, optional={"until": st.dates().map(str)})
st.register_type_strategy(f.CircumstanceNoted, st.builds(f.CircumstanceNoted, values=VALUES))
st.register_type_strategy(Money, st.builds(Money, st.integers(), st.sampled_from(["CNY", "USD", "JPY"])))


SCHEDULES = st.dates(min_value=date(2026, 1, 1)).map(lambda day: (Instalment(day, Money(8_400_00, "CNY")),))
for kind in (f.ScheduleChanged, f.PlanAgreed):
    st.register_type_strategy(kind, st.builds(kind, instalments=SCHEDULES))


def withheld(**more: Any) -> str:
    """The diary's line of a contact that was withheld, as it is read from where it is kept."""
    kept: dict[str, Any] = {"kind": "contact_withheld", "id": "x", "at": "2026-03-05T09:30:00Z"}
    kept |= {"contact": "c", "touch": "d3-sms", "due": "2026-03-02", "channel": "sms", "say": "demand"}
    kept |= {"rule": "HOUSE.DAY", "until": None}
    return line(FACT.validate_python(kept | more), "UTC")


def test_a_contact_withheld_before_rules_had_words_shows_the_code_alone() -> None:
    assert withheld().endswith("sms demand                      withheld by HOUSE.DAY")


def test_a_contact_withheld_is_one_line_however_much_there_is_to_say() -> None:
    until = datetime(2026, 3, 6, tzinfo=UTC)
    assert withheld(why="no wording\nnor another", until=until).endswith(
        "withheld: no wording; nor another (HOUSE.DAY), not before Fri 06 Mar 2026 00:00"
    )


@pytest.mark.parametrize("kinds", [FACTS, ACTIONS], ids=["facts", "actions"])
def test_each_has_a_kind_of_its_own(kinds: list[Any]) -> None:
    names = {kind.__dataclass_fields__["kind"].default for kind in kinds}
    assert len(names) == len(kinds)


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_every_fact_is_read_back_as_it_was_written(kind: type[Any], data: st.DataObject) -> None:
    fact = data.draw(st.from_type(kind))
    back = FACT.validate_json(FACT.dump_json(fact))
    assert back == fact
    assert type(back) is kind


@pytest.mark.parametrize("kind", ACTIONS, ids=lambda kind: kind.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_every_action_is_read_back_as_it_was_written(kind: type[Any], data: st.DataObject) -> None:
    action = data.draw(st.from_type(kind))
    back = ACTION.validate_json(ACTION.dump_json(action))
    assert back == action
    assert type(back) is kind


def test_a_fact_without_a_time_zone_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"fact stop: .* has no time zone; write 2026-03-12T09:30:00"):
        f.OptedOut(id="stop", at=datetime(2026, 3, 12, 9, 30), channel=None)


def test_a_fact_without_an_id_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="give it an id of its own"):
        f.OptedOut(id="", at=datetime(2026, 3, 12, 9, 30, tzinfo=UTC), channel=None)


def test_a_fact_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="kind"):
        FACT.validate_json('{"kind": "married", "id": "x", "at": "2026-03-12T09:30:00+08:00"}')
