"""What makes no sense to tell, in sentences: nonsense is stopped here, for a signal is never refused."""

from dataclasses import replace
from itertools import chain

from journeys.actions import RESULTS, Job
from journeys.diary import line
from journeys.facts import Learned, TaskReported, Told, beyond_reason, free_text, sums
from journeys.loan import Loan


def nonsense(loan: Loan, fact: Told) -> str | None:
    """Why a fact makes no sense: sums are of the loan's currency and above nothing, a reason is a code."""
    what = f"{fact.kind.replace('_', ' ')} {fact.id}"
    for fault in chain(free_text(fact), beyond_reason(fact)):
        return f"{what}: {fault}"
    for name, sum_ in sums(fact):
        if sum_.currency != loan.currency:
            return f"loan {loan.id} is in {loan.currency}; {sum_} is refused ({name} of {fact.id})"
        if sum_.minor <= 0:
            return f"{what}: {sum_} is not more than nothing"
    return None


def no_report(fact: TaskReported, job: str | None) -> str | None:
    """Why it reports nothing of the job that the task was; no job where there is no such task."""
    if job is None:
        return f"there is no task {fact.task!r}: `journeys tasks` lists them"
    known = RESULTS[Job(job)]
    if fact.result not in known:
        return f"{fact.result!r} is no result of {job}; known are {', '.join(sorted(known))}"
    return None


def not_the_same(fact: Told, known: Told | Learned) -> str | None:
    """Why a fact is lost whose key is on record already, unless it is that very fact."""
    return something_else(known) if replace(fact, at=known.at) != known else None


def something_else(known: Told | Learned) -> str:
    """What a key is on record for already."""
    was = line(known, "UTC").split("  ", 1)[-1].strip()
    return f"{known.id!r} is on record for something else ({was}): give what you tell its own id"
