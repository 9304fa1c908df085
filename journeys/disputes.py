"""What the borrower denies, whether anybody has answered, and the part that is left out meanwhile."""

from dataclasses import dataclass

from journeys import facts as f
from journeys.calendar import DAY
from journeys.case import Case


@dataclass(frozen=True, slots=True)
class Dispute:
    """What was denied, and what came of it."""

    fact: f.Told
    task: str
    """The task of the person who answers."""
    part: int | None
    """Minor units; None where the whole debt is denied."""
    answer: f.TaskReported | None

    @property
    def open(self) -> bool:
        return self.answer is None

    @property
    def upheld(self) -> bool:
        return self.answer is not None and self.answer.result == "upheld"


def disputes(case: Case) -> list[Dispute]:
    """Told of, or reported by a caller or visitor; two of the whole debt within a day are one."""
    found: list[Dispute] = []
    for fact in case.told:
        if not isinstance(fact, f.DisputeRaised) and case.reached(fact) != "disputed":
            continue
        amount = fact.amount if isinstance(fact, f.DisputeRaised) else None
        before = [one for one in found if one.part is None]
        if amount is None and before and fact.at - before[-1].fact.at <= DAY:
            continue
        task = f"{case.loan.id}.dispute.{fact.id}"
        found.append(Dispute(fact, task, amount.minor if amount else None, case.report(task)))
    return found


def left_out(known: list[Dispute]) -> int:
    """Minor units that are denied, and that nobody has decided upon."""
    return sum(one.part for one in known if one.part is not None and one.open)
