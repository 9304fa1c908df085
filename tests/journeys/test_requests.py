"""What may be asked, what always speaks against it, and who must approve: in words staff can read out."""

from dataclasses import fields, replace
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter

from journeys import requests as r
from journeys.facts import SumWaived, free_text
from journeys.loan import Instalment
from journeys.money import Money
from tests.story import (
    Story,
    charged,
    loan_leaves,
    pays,
    plan_agreed,
    settlement_offered,
    staff_stop,
    story,
)

ASKED: TypeAdapter[Any] = TypeAdapter(Annotated[r.Request, Field(discriminator="kind")])
NO_CODES = ["Anna is in hospital", "Flood", "flood!", "", "2nd_flood", "flood ", "f" * 41, "洪水"]
SECOND_PERSON = "second person"


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026").taken_up("1 Mar 2026")


def cny(yuan: str) -> Money:
    return Money.of(yuan, "CNY")


def refused(tale: Story, request: r.Request, moment: str = "12 Mar 12:00") -> str | None:
    return request.refusal(tale.view(moment))


def with_reason(reason: str) -> list[r.Request]:
    until = loan().at("20 Mar 12:00")
    return [
        r.Hold(reason=reason, until=until, actor="anna"),
        r.RevokePlan(reason=reason, actor="anna"),
        r.Waive(amount=cny("20"), part="fees", reason=reason, actor="anna", approved_by="lee"),
        r.Stop(reason=reason, actor="anna"),
    ]


def running() -> Story:
    return loan().when("11 Mar 09:00", charged("20"), plan_agreed(("20 Mar", "4200"), ("20 Apr", "4220")))


def schedule(*sums: str, reason: Any = "extended", approved_by: str = "") -> r.Reschedule:
    dues = [Instalment(date(2026, 4 + n, 15), cny(sum)) for n, sum in enumerate(sums)]
    return r.Reschedule(instalments=tuple(dues), reason=reason, approved_by=approved_by, actor="Anna")


def test_every_request_is_read_by_its_kind_and_named_by_it() -> None:
    assert list(r.BY_NAME)[:3] == ["promise", "withdraw_promise", "plan"]
    for name, kind in r.BY_NAME.items():
        assert [field.default for field in fields(kind) if field.name == "kind"] == [name]
    for request in (*with_reason("flood"), schedule("8400")):
        assert ASKED.validate_json(ASKED.dump_json(request)) == request


@pytest.mark.parametrize("reason", NO_CODES)
def test_a_reason_in_free_words_is_refused_for_it_would_stand_in_a_history(reason: str) -> None:
    for request in with_reason(reason):
        sentence = refused(running(), request)
        assert sentence is not None and "the reason must be a code like job_loss" in sentence
        assert not reason or f"'{reason}'" not in sentence, "what may be personal is not repeated"


@pytest.mark.parametrize("reason", ["flood", "job_loss", "b2b", "f" * 40])
def test_a_code_is_a_reason(reason: str) -> None:
    for request in with_reason(reason):
        assert refused(running(), request) is None


def test_a_fact_in_free_words_is_known_at_the_door_and_still_readable() -> None:
    fact = SumWaived(
        id="w-1", at=loan().at("3 Mar 09:00"), amount=cny("1"), part="fees", reason="So sorry", by="a"
    )
    assert len(list(free_text(fact))) == 1
    assert list(free_text(replace(fact, reason="goodwill"))) == []


@pytest.mark.parametrize("actor", ["", "  "])
def test_nobody_asks_nothing(actor: str) -> None:
    assert refused(loan(), r.Leave(reason="sold", actor=actor)) == "say who asks: the actor is empty"


def test_what_is_about_to_close_takes_no_more_requests() -> None:
    stopped, sold = (loan().when("12 Mar 11:00", one) for one in (staff_stop(), loan_leaves("sold")))
    request = r.Hold(reason="flood", until=loan().at("20 Mar 12:00"), actor="anna")
    assert refused(stopped, request) == "this journey is about to close: stopped by ops-1: sold"
    assert refused(sold, request) == "this journey is about to close: sold, by ops-1"


@pytest.mark.parametrize("approved_by", ["", " ", "Anna Li", " Anna Li", "anna li", "ANNA  LI "])
def test_a_person_spelt_otherwise_is_no_second_person(approved_by: str) -> None:
    tale, actor, until = loan().when("3 Mar 12:00", charged("20")), "Anna Li", date(2026, 5, 20)
    asked: list[r.Waive | r.Settle | r.Reschedule] = [
        r.Waive(amount=cny("20"), part="fees", reason="goodwill", actor=actor, approved_by=""),
        r.Settle(offer="d75-settlement", amount=cny("7000"), until=until, actor=actor),
        replace(schedule("8000"), actor=actor),
    ]
    for request in asked:
        assert SECOND_PERSON in str(refused(tale, replace(request, approved_by=approved_by), "16 May 12:00"))
        assert refused(tale, replace(request, approved_by="Anna Lin"), "16 May 12:00") is None


def test_one_person_alone_does_not_lower_a_debt_by_a_new_schedule() -> None:
    assert refused(loan(), schedule("4200", "4200")) is None
    assert refused(loan(), schedule("4200", "4300")) is None
    sentence = (
        "CNY 8,399.99 is less than the CNY 8,400.00 before: a second person must approve it (approved_by)"
    )
    assert refused(loan(), schedule("4200", "4199.99")) == sentence
    assert refused(loan(), schedule("4200", "4199.99", approved_by="lee")) is None
    lowered = schedule("8000", approved_by="lee").fact("s-1", loan().view("12 Mar 12:00"))
    assert getattr(lowered, "by", "") == "Anna, lee"


def test_new_terms_are_held_against_what_is_left_for_they_end_what_was_paid_and_charged() -> None:
    tale = loan().when("11 Mar 12:00", pays("400"), charged("20"))
    assert refused(tale, schedule("8020", reason="restructured")) is None
    assert SECOND_PERSON in str(refused(tale, schedule("8019.99", reason="restructured")))
    assert SECOND_PERSON in str(refused(tale, schedule("8020", reason="corrected")))


def test_the_schedule_stays_while_something_is_agreed_on_it() -> None:
    plan = "a plan of this loan is running: revoke the plan first"
    assert refused(running(), schedule("8400")) == plan
    settling = loan().when("11 Mar 09:00", settlement_offered("7000", until="20 Mar"))
    open_ = "an offer to settle is open on this loan: revoke the settlement first"
    assert refused(settling, schedule("8400")) == open_
