"""The page an operator reads first, before and after the end."""

from datetime import UTC, datetime

import pytest
from inline_snapshot import snapshot

from journeys.borrower import Channel
from journeys.calendar import DAY
from journeys.case import Case
from journeys.law.jurisdiction import law_of
from journeys.rules import next_action
from journeys.simulate import simulate
from journeys.standing import Decision, standing
from journeys.strategy import published
from journeys.view import View
from tests.story import Story, pays, says_stop, story
from workflows.details import details

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


def loan() -> Story:
    return story("cn-consumer").owing("8400").due("2 Mar 2026").with_silent_staff()


def page(tale: Story, at: datetime) -> str:
    """What the journey shows at that instant."""
    case = reached(tale, at)
    view = View(published(case.strategy, case.version), law_of(case.borrower.jurisdictions), case, at)
    return details(case, Decision(next_action(view), standing(view)))


def reached(tale: Story, at: datetime) -> Case:
    case = tale.case()
    return simulate(case, start=case.opened_at, until=at, script=tale.told)[0]


def test_an_open_journey_says_what_comes_next_and_why() -> None:
    assert page(loan(), NOON) == snapshot("""\
### LN-1042: early, 8 days past due
**Owed now** CNY 8,400.00 · **in all** CNY 8,400.00
**Next** Mon 16 Mar 2026 11:24: contact by agent (offer-plan) — day 12 (rule: touch_due)
**Silent because** none
**Strategy** cn-consumer version 2 · **law** cn

Times are Asia/Shanghai. The last contacts:
- Mon 23 Feb 2026 11:24 d-7-email (made)
- Fri 27 Feb 2026 11:24 d-3-sms (made)
- Sun 1 Mar 2026 11:24 d-1-call (made)
- Tue 3 Mar 2026 11:24 d1-agent (asked)
- Fri 6 Mar 2026 11:24 d3-sms (made)
- Sun 8 Mar 2026 11:24 d5-email (made)
- Tue 10 Mar 2026 11:24 d8-call (made)

The last that was heard:
- nothing\
""")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("28 Feb", "pre-due, due in 2 days"),
        ("1 Mar", "pre-due, due tomorrow"),
        ("2 Mar", "pre-due, due today"),
        ("3 Mar", "early, 1 day past due"),
        ("4 Mar", "early, 2 days past due"),
    ],
)
def test_one_day_is_not_said_to_be_days(day: str, said: str) -> None:
    assert page(loan(), loan().at(f"{day} 10:00")).splitlines()[0] == f"### LN-1042: {said}"


def test_a_closed_journey_says_how_it_ended_and_announces_nothing() -> None:
    assert page(loan().when("4 Mar 09:00", pays("8400")), NOON) == snapshot("""\
### LN-1042: closed, cured
**Owed now** CNY 0.00 · **in all** CNY 0.00
**Why** everything due is paid
**Strategy** cn-consumer version 2 · **law** cn

Times are Asia/Shanghai. The last contacts:
- Mon 23 Feb 2026 11:24 d-7-email (made)
- Fri 27 Feb 2026 11:24 d-3-sms (made)
- Sun 1 Mar 2026 11:24 d-1-call (made)
- Tue 3 Mar 2026 11:24 d1-agent (withdrawn)

The last that was heard:
- Wed 04 Mar 2026 09:00  payment received                CNY 8,400.00\
""")


def test_a_contact_that_a_rule_forbade_says_what_the_rule_says_and_not_its_code_alone() -> None:
    shown = page(loan().when("4 Mar 09:00", says_stop(Channel.SMS)), NOON)
    assert (
        "- Thu 5 Mar 2026 18:00 d3-sms (withheld: HOUSE.OPTOUT: no contact from an event until one that "
        "releases it (a medium closed on one loan is closed on all))\n"
    ) in shown


def test_the_day_before_the_due_date_is_called_tomorrow() -> None:
    shown = [page(loan(), datetime(2026, 2, 28, 4, tzinfo=UTC) + days * DAY) for days in range(3)]
    assert [text.splitlines()[0].partition(": ")[2] for text in shown] == [
        "pre-due, due in 2 days",
        "pre-due, due tomorrow",
        "pre-due, due today",
    ]
