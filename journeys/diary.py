"""A journey as a dated diary that an operations person could sign."""

from collections.abc import Iterable
from datetime import datetime

from journeys import facts as f
from journeys.calendar import local


def diary(facts: Iterable[f.Told | f.Learned], zone: str) -> str:
    """One line a fact, in the order given, at the borrower's own time."""
    return "".join(f"{line(fact, zone)}\n" for fact in facts)


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
        case f.ContactUncertain():
            return f"{fact.channel} {fact.say}", "uncertain: it may have arrived, so it is not repeated"
        case f.ContactFailed():
            return f"{fact.channel} {fact.say}", f"refused by the provider: {fact.meaning}"
        case f.ContactWithheld():
            until = f", not before {_when(fact.until, zone)}" if fact.until else ""
            return f"{fact.channel} {fact.say}", f"withheld by {fact.rule}{until}"
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
        case f.PaymentReceived():
            return "payment received", str(fact.amount)
        case f.PaymentReversed():
            return "payment reversed", fact.payment
        case f.PromiseMade():
            return "promise made", f"{fact.amount} by {fact.by:%d %b %Y}"
        case f.DisputeRaised():
            return "dispute raised", fact.reason
        case f.ReplyReceived():
            return f"reply by {fact.channel}", fact.meaning.replace("_", " ")
        case f.HardshipReported():
            return "hardship reported", f"until {fact.until:%d %b %Y}"
        case f.OptedOut():
            return "opted out", fact.channel or "of all contact"
        case f.ContactPointFailed():
            return f"{fact.channel} fails", fact.reason
        case f.CircumstanceNoted():
            return "circumstance noted", fact.circumstance.replace("_", " ")
        case f.HoldPlaced():
            return "hold placed", f"{fact.reason}, until {_when(fact.until, zone)}, by {fact.by}"
        case f.HoldLifted():
            return "hold lifted", f"by {fact.by}"
        case f.JourneyStopped():
            return "journey stopped", f"{fact.reason}, by {fact.by}"
        case f.StrategyChanged():
            return "strategy changed", f"{fact.strategy} {fact.version}, by {fact.by}"
        case f.JourneyClosed():
            return f"closed: {fact.outcome}", fact.why


def _skipped(fact: f.Contacted, before: str = "") -> str:
    return f"{before}the latest of {len(fact.skipped) + 1} due" if fact.skipped else ""
