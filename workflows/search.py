"""Search attributes: what operators filter journeys by. None of them goes stale between two writes.

Days past due and the next wake change by themselves; so the oldest unpaid due date stands here instead,
and the next wake is in the details of each journey and in the ledger. Of a run that has ended nothing can be
written any more: what came of a loan at court stands in the ledger alone.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from journeys.case import Case
from journeys.standing import Standing

STAGE = SearchAttributeKey.for_keyword("JourneyStage")
OLDEST_DUE = SearchAttributeKey.for_datetime("OldestDue")
HOLD = SearchAttributeKey.for_keyword("JourneyHold")
OUTCOME = SearchAttributeKey.for_keyword("JourneyOutcome")
STRATEGY = SearchAttributeKey.for_keyword("Strategy")
JURISDICTION = SearchAttributeKey.for_keyword("Jurisdiction")

ALL = (STAGE, OLDEST_DUE, HOLD, OUTCOME, STRATEGY, JURISDICTION)


def at_start(case: Case) -> TypedSearchAttributes:
    """What a journey shows before its first decision."""
    return TypedSearchAttributes(
        [
            _pair(OLDEST_DUE, _midnight(case.loan.instalments[0].due)),
            _pair(OUTCOME, "open"),
            _pair(STRATEGY, f"{case.strategy}.{case.version}"),
            _pair(JURISDICTION, case.borrower.jurisdictions[0]),
        ]
    )


def changes(shown: TypedSearchAttributes, case: Case, standing: Standing) -> list[SearchAttributeUpdate[Any]]:
    """What has to be written for the attributes to show the case as it stands; writing costs an event."""
    now: list[SearchAttributePair[Any]] = [
        _pair(STAGE, standing.stage if case.is_open else "closed"),
        _pair(OLDEST_DUE, _midnight(standing.oldest_due)),
        _pair(HOLD, standing.silent),
        _pair(OUTCOME, case.outcome or "open"),
        _pair(STRATEGY, f"{case.strategy}.{case.version}"),
    ]
    return [pair.key.value_set(pair.value) for pair in now if shown.get(pair.key) != pair.value]


def _pair(key: SearchAttributeKey[Any], value: object) -> SearchAttributePair[Any]:
    return SearchAttributePair(key, value)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
