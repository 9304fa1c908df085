"""The same loop as the workflow, without a server: walk a case through virtual time.

It serves the forward look, the tests of the policy and the comparison of strategies. Every contact is
taken to succeed; what the borrower and the staff do comes from `react`.
"""

import heapq
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count

from journeys import actions as a
from journeys import facts as f
from journeys.case import Case
from journeys.law.jurisdiction import law_of
from journeys.outcomes import carried_out
from journeys.rules import REOPENING, next_action, reopening
from journeys.strategy import published
from journeys.view import View

React = Callable[[f.Told | f.Learned], Iterable[f.Told]]
"""What the world answers to a fact: later facts."""


def nobody(fact: f.Told | f.Learned) -> Iterable[f.Told]:
    """A world that never answers."""
    return ()


def simulate(
    case: Case, *, start: datetime, until: datetime, script: Iterable[f.Told] = (), react: React = nobody
) -> tuple[Case, list[f.Told | f.Learned]]:
    """Walk the case from `start` to its end or `until`; gives the case and what happened, in order."""
    law, order = law_of(case.borrower.jurisdictions), count()
    coming = [(fact.at, next(order), fact) for fact in script]
    heapq.heapify(coming)
    happened: list[f.Told | f.Learned] = []
    now = start

    def learn(fact: f.Told | f.Learned) -> None:
        nonlocal case
        case = case.after(fact)
        happened.append(fact)
        for answer in react(fact):
            heapq.heappush(coming, (answer.at, next(order), answer))

    def view() -> View:
        return View(published(case.strategy, case.version), law, case, now)

    def learn_all_until(at: datetime) -> None:
        while coming and coming[0][0] <= at:
            learn(heapq.heappop(coming)[2])

    while case.is_open or coming:
        if not case.is_open:
            if coming[0][0] >= until:
                break
            now = max(now, coming[0][0])
            known = len(happened)
            learn_all_until(now)
            again = any(isinstance(fact, REOPENING) for fact in happened[known:])
            if again and (reopened := reopening(view())) is not None:
                learn(reopened)
            continue
        action = next_action(view())
        wake = max(now, action.not_before)
        if coming and coming[0][0] <= wake:
            if coming[0][0] >= until:
                break
            now = max(now, coming[0][0])
            learn_all_until(now)
            continue
        if wake >= until:
            break
        now = wake
        if not isinstance(action, a.Wait):
            learn(carried_out(action, now))
    return case, happened
