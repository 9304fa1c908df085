"""Personas: how borrowers and staff answer what they hear, always the same for the same loan.

Each is a pure function from a fact to later facts, so that `simulate` and the real server can play the
same script. What they agree on is agreed on a day on which it is offered: there it is asked for, not told.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import Channel
from journeys.calendar import instant, local_day
from journeys.case import Case
from journeys.loan import Instalment
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
        id = f"{self.case.loan.id}.promise"
        return f.PromiseMade(id=id, at=_minute(at), amount=due, by=by, noted_by="agents-1")

    @property
    def upheld(self) -> bool:
        """Whether the office finds that they dispute rightly."""
        return bool(len(self.case.loan.id) % 2)

    @property
    def owed(self) -> Money:
        """The first instalment."""
        return self.case.loan.instalments[0].amount

    def plan(self, fact: f.Contacted, offer: str, instalments: int) -> f.PlanAgreed:
        """A plan of the whole sum, the first instalment a week on, then one every twenty days."""
        day = local_day(fact.at, self.case.borrower.zones[0])
        each = self.owed.minor // instalments
        sums = [each] * (instalments - 1) + [self.owed.minor - each * (instalments - 1)]
        dues = [day + timedelta(days=7 + 20 * number) for number in range(instalments)]
        return f.PlanAgreed(
            id=f"{self.case.loan.id}.plan",
            at=_minute(fact.at + 3 * HOURS),
            instalments=tuple(
                Instalment(due, Money(sum_, self.owed.currency)) for due, sum_ in zip(dues, sums, strict=True)
            ),
            offer=offer,
            by="agents-1",
        )

    def instalments(self, plan: f.PlanAgreed) -> list[f.PaymentReceived]:
        """Each instalment of a plan, paid at noon of the day before it is due."""
        zone = self.case.borrower.zones[0]
        return [
            f.PaymentReceived(
                id=f"{plan.id}.{number}",
                at=instant(one.due - timedelta(days=1), time(12), zone),
                amount=one.amount,
            )
            for number, one in enumerate(plan.instalments, 1)
        ]

    def report(self, fact: f.Contacted, result: str) -> f.TaskReported:
        """The agent's or visitor's report, two hours on."""
        return f.TaskReported(
            id=f"{fact.contact}.report",
            at=_minute(fact.at + 2 * HOURS),
            task=fact.contact,
            result=result,
            by="field-1" if fact.channel is Channel.VISIT else "agents-1",
        )

    def _staff(self, fact: f.TaskOpened) -> Answers:
        result = {
            a.Job.SIGN_HAND_OFF: "signed",
            a.Job.ACKNOWLEDGE_HAND_OFF: "acknowledged",
            a.Job.ANSWER_REPLY: "answered",
            a.Job.REACH_ESTATE: "claim_lodged",
            a.Job.ANSWER_DISPUTE: "upheld" if self.upheld else "stands",
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


def _pays_by_debit(life: Life, fact: f.Contacted) -> Answers:
    if life.heard == 5 and life.once():
        paid = life.pay(fact.at + 5 * DAYS, name="debit")
        way = f"{paid.id}.announced"
        at = _minute(fact.at + 6 * HOURS)
        yield f.PaymentAnnounced(id=way, at=at, amount=paid.amount, rail="direct_debit")
        yield replace(paid, announced=way)


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


def _keeps_a_plan(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.AGENT and fact.say == "offer-plan" and life.once():
        plan = life.plan(fact, offer="d10-plan", instalments=3)
        yield life.report(fact, "plan_agreed")
        yield plan
        yield from life.instalments(plan)


def _breaks_a_plan(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.AGENT and fact.say == "offer-plan" and life.once():
        plan = life.plan(fact, offer="d10-plan", instalments=3)
        yield life.report(fact, "plan_agreed")
        yield plan
        yield life.instalments(plan)[0]


def _disputes_a_part(life: Life, fact: f.Contacted) -> Answers:
    if life.heard == 5 and life.once():
        paid, at = life.pay(fact.at + 20 * DAYS, part=0.7), _minute(fact.at + 6 * HOURS)
        part = Money(life.owed.minor - paid.amount.minor, paid.amount.currency)
        yield f.DisputeRaised(id=f"{life.case.loan.id}.part", at=at, reason="fees", amount=part)
        yield paid
    if life.heard == 9 and not life.upheld:
        yield life.pay(fact.at + 1 * DAYS, part=0.3, name="rest")


def _is_given_relief(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.AGENT and life.once():
        yield life.report(fact, "hardship")
        until = local_day(fact.at, life.case.borrower.zones[0]) + timedelta(days=14)
        at, loan = _minute(fact.at + 2 * HOURS), life.case.loan.id
        yield f.HardshipReported(id=f"{loan}.hardship", at=at, until=until, reason="illness")
        yield f.DefaultExplained(id=f"{loan}.why", at=at, reason="illness", by="agents-1")
        plan = life.plan(fact, offer="d1-plan", instalments=4)
        yield plan
        yield from life.instalments(plan)


def _settles_on_the_last_day(life: Life, fact: f.Contacted) -> Answers:
    if fact.channel is Channel.SMS and fact.say == "before-action" and life.once():
        until = local_day(fact.at, life.case.borrower.zones[0]) + timedelta(days=10)
        sum_ = Money(-(-life.owed.minor * 4 // 5), life.owed.currency)
        at, id = _minute(fact.at + 2 * HOURS), f"{life.case.loan.id}.settlement"
        yield f.SettlementOffered(
            id=id,
            at=at,
            amount=sum_,
            until=until,
            offer="d75-settlement",
            approved_by="lead-1",
            by="agents-1",
        )
        yield replace(life.pay(fact.at + 10 * DAYS), amount=sum_)


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
        ("bounced", "pays, then the payment is returned after the end", _payment_returned),
        ("disputing", "disputes the sum", _disputes),
        ("stop", "says STOP", _says_stop),
        ("wrong-number", "the number belongs to somebody else", _wrong_number),
        ("hardship", "lost the job, pays after a while", _hardship),
        ("debit", "pays by direct debit, which takes its days", _pays_by_debit),
        ("plan-kept", "agrees on a plan and keeps it", _keeps_a_plan),
        ("plan-broken", "agrees on a plan and breaks it", _breaks_a_plan),
        ("part-disputing", "disputes a part, pays the rest", _disputes_a_part),
        ("relief", "is ill, and pays in small instalments", _is_given_relief),
        ("settling", "settles on the last day of an offer", _settles_on_the_last_day),
        ("silent", "never reacts", _never),
    )
)


def _minute(at: datetime) -> datetime:
    """Whole minutes: the same wherever the same story is played."""
    return at.replace(second=0, microsecond=0)
