"""What a clearance costs: thirty past contacts, three layers of law."""

from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter_ns

from journeys.law.circumstances import Event
from journeys.law.clearance import clearance, earliest
from journeys.law.jurisdiction import law_of
from journeys.law.record import Attempt, PastContact, Record

NOW = datetime(2026, 5, 12, 15, 0, tzinfo=UTC)
DEBT = frozenset({"D-1"})


def clearances(times: int = 2_000) -> tuple[float, float]:
    """Median microseconds of a plain answer and of an earliest-time search, each on a fresh record."""
    law = law_of(["us-ma"])
    plain, search = [], []
    for _ in range(times):
        record, call = _record(), Attempt("call", NOW, "D-1")
        began = perf_counter_ns()
        clearance(law, record, call)
        answered = perf_counter_ns()
        earliest(law, _record(), call)
        plain.append((answered - began) / 1_000)
        search.append((perf_counter_ns() - answered) / 1_000)
    return median(plain), median(search)


def _record() -> Record:
    media = ("call", "sms", "email")
    contacts = tuple(
        PastContact(
            at=NOW - timedelta(days=number, hours=3),
            medium=media[number % 3],
            outcome="no_answer" if number % 3 == 0 else "delivered",
            debts=DEBT,
            discussed=DEBT,
        )
        for number in range(30)
    )
    consent = Event("electronic_consent", NOW - timedelta(days=60))
    return Record(zones=("America/New_York",), contacts=contacts, events=(consent,))
