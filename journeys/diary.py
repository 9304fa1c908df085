"""A journey as a dated diary that an operations person could sign."""

from collections.abc import Iterable
from datetime import datetime

from journeys import facts as f
from journeys.calendar import local
from journeys.case import Case
from journeys.holds import held
from journeys.loan import Instalment
from journeys.standing import agreed, counted
from journeys.view import View


def diary(facts: Iterable[f.Told | f.Learned], zone: str) -> str:
    """One line a fact, in the order given, at the borrower's own time."""
    return "".join(f"{line(fact, zone)}\n" for fact in facts)


def signed(case: Case, happened: Iterable[f.Told | f.Learned], now: datetime) -> str:
    """The diary of a journey, and at its foot what has become by now of all that was agreed."""
    foot = "".join(f"{sentence}\n" for sentence in agreed(View.of(case, now)))
    return diary(happened, case.borrower.zones[0]) + foot


def line(fact: f.Told | f.Learned, zone: str) -> str:
    """When, what, and what there is to say about it."""
    what, note = _words(fact, zone)
    return f"{_when(fact.at, zone)}  {what:<32}{note}".rstrip()


def _when(at: datetime, zone: str) -> str:
    return f"{local(at, zone):%a %d %b %Y %H:%M}"


def _words(fact: f.Told | f.Learned, zone: str) -> tuple[str, str]:
    match fact:
        case f.ContactMade():
            return f"{fact.channel} {fact.say}", _skipped(fact)
        case f.ContactAsked():
            return f"{fact.channel} {fact.say}", f"asked of {fact.owner}{_skipped(fact, '; ')}"
        case f.ContactRode():
            return f"{fact.channel} {fact.say}", f"went with {fact.along}{_skipped(fact, '; ')}"
        case f.ContactUncertain():
            return f"{fact.channel} {fact.say}", "uncertain: it may have arrived, so it is not repeated"
        case f.ContactFailed():
            return f"{fact.channel} {fact.say}", f"refused by the provider: {fact.meaning}"
        case f.ContactWithheld():
            until = f", not before {_when(fact.until, zone)}" if fact.until else ""
            words = "; ".join(fact.why.splitlines())
            by = f"withheld: {words} ({fact.rule})" if words else f"withheld by {fact.rule}"
            return f"{fact.channel} {fact.say}", f"{by}{until}"
        case f.ContactWithdrawn():
            return f"{fact.channel} {fact.say}", f"withdrawn: {fact.because} came first"
        case f.TaskOpened():
            return fact.job, f"asked of {fact.owner} by {_when(fact.deadline, zone)}"
        case f.TaskChased():
            return "reminder to staff", f"now by {_when(fact.deadline, zone)}"
        case f.TaskGivenUp():
            return "task given up", "nobody reported"
        case f.TaskWithdrawn():
            return "task withdrawn", fact.because
        case f.TaskReported():
            return f"reported: {fact.result}", f"by {fact.by}"
        case f.PaymentAnnounced():
            return "payment announced", f"{fact.amount} by {fact.rail.replace('_', ' ')}"
        case f.PaymentFailed():
            return "announced payment failed", fact.payment
        case f.PaymentReceived():
            return "payment received", str(fact.amount)
        case f.PaymentReversed():
            part = f"{fact.amount} of " if fact.amount else ""
            return f"payment {fact.reason.replace('_', ' ')}", f"{part}{fact.payment}"
        case f.FeeCharged():
            return "fee charged", f"{fact.amount}, {fact.reason.replace('_', ' ')}"
        case f.SumWaived():
            return (
                "sum waived",
                f"{fact.amount} of {fact.part}, {fact.reason.replace('_', ' ')}, by {fact.by}",
            )
        case f.ScheduleChanged():
            return f"schedule {fact.reason}", f"{_instalments(fact.instalments)}, by {fact.by}"
        case f.LoanLeft():
            return f"loan {fact.reason.replace('_', ' ')}", f"by {fact.by}"
        case f.CourtEnded():
            return f"court: {fact.result}", f"by {fact.by}"
        case f.PromiseMade():
            return "promise made", f"{fact.amount} by {fact.by:%d %b %Y}"
        case f.PromiseWithdrawn():
            return "promise withdrawn", f"by {fact.by}"
        case f.PlanAgreed():
            return "plan agreed", f"{_instalments(fact.instalments)}{_approved(fact.approved_by)}"
        case f.PlanRevoked():
            return "plan revoked", f"{fact.reason.replace('_', ' ')}, by {fact.by}"
        case f.SettlementOffered():
            until = f"{fact.amount} is enough until {fact.until:%d %b %Y}"
            return "settlement offered", f"{until}{_approved(fact.approved_by)}"
        case f.SettlementRevoked():
            return "settlement revoked", f"by {fact.by}"
        case f.DisputeRaised():
            part = f", {fact.amount} of it" if fact.amount else ""
            return "dispute raised", f"{fact.reason.replace('_', ' ')}{part}"
        case f.ReplyReceived():
            return f"reply by {fact.channel}", fact.meaning.replace("_", " ")
        case f.HardshipReported():
            return "hardship reported", f"until {fact.until:%d %b %Y}"
        case f.HardshipEnded():
            return "hardship ended", f"by {fact.by}"
        case f.DefaultExplained():
            return "reason for default", fact.reason.replace("_", " ")
        case f.OptedOut():
            return "opted out", fact.channel or "of all contact"
        case f.ContactPointFailed():
            return f"{fact.channel} fails", fact.reason
        case f.DeliveryReported():
            return f"reported {fact.result}", fact.contact
        case f.CircumstanceNoted():
            return "circumstance noted", fact.circumstance.replace("_", " ")
        case f.HoldPlaced():
            return f"hold placed: {fact.reason.replace('_', ' ')}", f"{_hold(fact, zone)}, by {fact.by}"
        case f.HoldLifted():
            return "hold lifted", f"by {fact.by}"
        case f.JourneyStopped():
            return "journey stopped", f"{fact.reason}, by {fact.by}"
        case f.StrategyChanged():
            return "strategy changed", f"{fact.strategy} {fact.version}, by {fact.by}"
        case f.JourneyReopened():
            return "reopened", fact.because
        case f.JourneyClosed():
            return f"closed: {fact.outcome}", fact.why


def _skipped(fact: f.Contacted, before: str = "") -> str:
    return f"{before}the latest of {len(fact.skipped) + 1} due" if fact.skipped else ""


def _instalments(them: tuple[Instalment, ...]) -> str:
    return f"{counted(len(them), 'instalment')} from {them[0].due:%d %b %Y}"


def _approved(by: str) -> str:
    return f", approved by {by}" if by else ""


def _hold(fact: f.HoldPlaced, zone: str) -> str:
    """What it is about, and for how long."""
    about = held(fact.stops, fact.channel, fact.held)
    since = f" from {local(fact.since, zone):%d %b %Y}" if fact.since and fact.since != fact.at else ""
    return f"{about}{since} until {_when(fact.until, zone)}"
