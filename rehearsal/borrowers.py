"""Personas: how borrowers and staff answer what they hear, always the same for the same loan.

Each is a pure function from a fact to later facts, so that `simulate` and the real server can play the
same script.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import Channel
from journeys.calendar import local_day
from journeys.case import Case
from journeys.money import Money

Answers = Iterable[f.Told]
HOURS, DAYS = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Persona:
    """One way to be a borrower."""

    name: str
    about: str
    answer: Callable[["Life", f.Contacted], Answers]


@dataclass(slots=True)
class Life:
    """One borrower's life with one loan: answers each fact once, at times that depend on nothing else."""

    persona: Persona
    case: Case
    heard: int = 0
    """Contacts that reached them so far."""
    done: bool = False
    """Whether they have had their say."""
    office_answers: bool = True
    """Whether disputes and hand-offs find somebody who deals with them."""

    def react(self, fact: f.Told | f.Learned) -> Answers:
        """What the borrower and the staff do about it, later."""
        if isinstance(fact, f.ContactMade | f.ContactAsked):
            self.heard += 1
            answers = list(self.persona.answer(self, fact))
            if isinstance(fact, f.ContactAsked) and not any(isinstance(x, f.TaskReported) for x in answers):
                answers.append(self.report(fact, "no_answer"))
            return answers
        if isinstance(fact, f.TaskOpened) and self.office_answers:
            return self._staff(fact)
        return ()

    def once(self) -> bool:
        """True the first time it is asked."""
        first, self.done = not self.done, True
        return first

    def pay(self, at: datetime, part: float = 1.0, name: str = "pay") -> f.PaymentReceived:
        """A payment of a share of the first instalment, in the evening of that day."""
        due = self.case.loan.instalments[0].amount
        return f.PaymentReceived(
            id=f"{self.case.loan.id}.{name}",
            at=_minute(at + 7 * HOURS),
            amount=Money(round(due.minor * part), due.currency),
        )

    def promise(self, at: datetime, days: int) -> f.PromiseMade:
        """A promise of the whole sum within some days."""
        by = local_day(at, self.case.borrower.zones[0]) + timedelta(days=days)
        due = self.case.loan.instalments[0].amount
        return f.PromiseMade(id=f"{self.case.loan.id}.promise", at=_minute(at), amount=due, by=by)

    def report(self, fact: f.ContactAsked, result: str) -> f.TaskReported:
        """The agent's or visitor's report, two hours on."""
        return f.TaskReported(
            id=f"{fact.contact}.report",
            at=_minute(fact.at + 2 * HOURS),
            task=fact.contact,
            result=result,
            by=f"{fact.owner}-1",
        )

    def _staff(self, fact: f.TaskOpened) -> Answers:
        result = {
            a.Job.SIGN_HAND_OFF: "signed",
            a.Job.ACKNOWLEDGE_HAND_OFF: "acknowledged",
            a.Job.ANSWER_REPLY: "answered",
            a.Job.ANSWER_DISPUTE: "upheld" if len(self.case.loan.id) % 2 else "stands",
        }[a.Job(fact.job)]
        yield f.TaskReported(
            id=f"{fact.task}.report",
            at=_minute(fact.at + 26 * HOURS),
            task=fact.task,
            result=result,
            by=f"{fact.owner}-1",
        )


def _pays_at_first_reminder(life: Life, fact: f.Contacted) -> Answers:
    if life.once():
        yield life.pay(fact.at + 1 * DAYS)


def _forgets(life: Life, fact: f.Contacted) -> Answers:
    if life.heard == 6 and life.once():
        yield life.pay(fact.at + 2 * DAYS)


def _promises_and_keeps(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.AGENT and life.once():
        if isinstance(fact, f.ContactAsked):
            yield life.report(fact, "promised")
        yield life.promise(fact.at + 2 * HOURS, days=7)
        yield life.pay(fact.at + 5 * DAYS)


def _promises_and_breaks(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.AGENT and life.once():
        if isinstance(fact, f.ContactAsked):
            yield life.report(fact, "promised")
        yield life.promise(fact.at + 2 * HOURS, days=5)
    if life.heard == 11:
        yield life.pay(fact.at + 3 * DAYS)


def _pays_part(life: Life, fact: f.Contacted) -> Answers:
    if life.heard == 4:
        yield life.pay(fact.at + 1 * DAYS, part=0.4, name="part-1")
    if life.heard == 9:
        yield life.pay(fact.at + 1 * DAYS, part=0.6, name="part-2")


def _payment_returned(life: Life, fact: f.Contacted) -> Answers:
    if life.heard == 4 and life.once():
        paid = life.pay(fact.at + 1 * DAYS, name="returned")
        yield paid
        yield f.PaymentReversed(id=f"{paid.id}.back", at=_minute(paid.at + 2 * DAYS), payment=paid.id)
    if life.heard == 9:
        yield life.pay(fact.at + 1 * DAYS)


def _disputes(life: Life, fact: f.Contacted) -> Answers:
    if life.heard == 5 and life.once():
        yield f.DisputeRaised(
            id=f"{life.case.loan.id}.dispute", at=_minute(fact.at + 6 * HOURS), reason="amount"
        )


def _says_stop(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.SMS and life.once():
        yield f.OptedOut(id=f"{life.case.loan.id}.stop", at=_minute(fact.at + HOURS / 2), channel=Channel.SMS)


def _wrong_number(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.SMS and life.once():
        yield f.ContactPointFailed(
            id=f"{life.case.loan.id}.wrong",
            at=_minute(fact.at + 1 * HOURS),
            channel=Channel.SMS,
            reason="wrong_person",
        )


def _hardship(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.AGENT and life.once():
        if isinstance(fact, f.ContactAsked):
            yield life.report(fact, "hardship")
        until = local_day(fact.at, life.case.borrower.zones[0]) + timedelta(days=28)
        at = _minute(fact.at + 2 * HOURS)
        yield f.HardshipReported(id=f"{life.case.loan.id}.hardship", at=at, until=until, reason="job_loss")
        yield life.pay(fact.at + 40 * DAYS)


def _never(life: Life, fact: f.Contacted) -> Answers:
    return ()


PERSONAS = tuple(
    Persona(*one)
    for one in (
        ("prompt", "pays at the first reminder", _pays_at_first_reminder),
        ("forgetful", "forgets, pays late", _forgets),
        ("reliable", "promises and keeps", _promises_and_keeps),
        ("unreliable", "promises and breaks, pays in the end", _promises_and_breaks),
        ("partial", "pays part, later the rest", _pays_part),
        ("bounced", "pays, then the payment is reversed", _payment_returned),
        ("disputing", "disputes the sum", _disputes),
        ("stop", "says STOP", _says_stop),
        ("wrong-number", "the number belongs to somebody else", _wrong_number),
        ("hardship", "lost the job, pays after a while", _hardship),
        ("silent", "never reacts", _never),
    )
)


def _minute(at: datetime) -> datetime:
    """Whole minutes: the same wherever the same story is played."""
    return at.replace(second=0, microsecond=0)
