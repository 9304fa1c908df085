"""The personas of the demo behave as people would: they agree on what is offered, and pay what they owe."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.cli.play import PORTFOLIO
from gateway.loans import ColumnMap, Row, read_loans
from journeys.case import Case, case_of
from journeys.facts import Learned, Told
from journeys.simulate import simulate
from journeys.strategy import newest
from journeys.view import View
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import request_of

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIVES = {persona.name: persona for persona in PERSONAS}
ROWS, _ = read_loans(PORTFOLIO, ColumnMap(), BEGAN)


def lived(row: Row) -> tuple[Case, Case, list[Told | Learned]]:
    """The case before, the case after, and what happened between."""
    plan = newest(row.strategy)
    case = case_of(row.loan, row.person.borrower, plan.name, plan.version, BEGAN)
    react = Life(LIVES[row.persona], case).react
    return case, *simulate(case, start=BEGAN, until=BEGAN + timedelta(days=120), react=react)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.loan.id}-{row.persona}")
def test_nobody_in_the_demo_pays_more_than_is_owed(row: Row) -> None:
    _, after, _ = lived(row)
    assert View.of(after, BEGAN + timedelta(days=120)).account.credit == 0


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.loan.id}-{row.persona}")
def test_whoever_agrees_on_something_does_so_on_a_day_on_which_it_is_offered(row: Row) -> None:
    case, _, happened = lived(row)
    for fact in happened:
        request = None if isinstance(fact, Learned) else request_of(fact)
        assert request is None or request.refusal(View.of(case, fact.at)) is None
        case = case.after(fact)
