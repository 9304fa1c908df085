"""What becomes true when an action has been carried out: shared by the effects and by `simulate`."""

from datetime import datetime
from typing import Any

from journeys import actions as a
from journeys import facts as f
from journeys.borrower import BY_PEOPLE, Channel
from journeys.law.rule import Refusal


def carried_out(action: a.Act, at: datetime) -> f.Learned:
    """The fact that an action leaves behind when nothing stands in its way."""
    match action:
        case a.Contact() if action.channel in BY_PEOPLE:
            job = a.Job.VISIT if action.channel is Channel.VISIT else a.Job.AGENT_CALL
            deadline = action.deadline or at
            return f.ContactAsked(
                **_contact(action, at, "asked"), job=job, owner=a.OWNERS[job], deadline=deadline
            )
        case a.Contact():
            return f.ContactMade(**_contact(action, at, "made"))
        case a.Withhold():
            rule, why = action.forbidden_by, action.words
            return f.ContactWithheld(**_contact(action, at, "withheld"), rule=rule, until=None, why=why)
        case a.Ask():
            return _opened(action.task, action.job, action.deadline, at)
        case a.PrepareHandOff():
            return _opened(action.task, a.Job.SIGN_HAND_OFF, action.deadline, at)
        case a.LodgeHandOff():
            return _opened(action.task, a.Job.ACKNOWLEDGE_HAND_OFF, action.deadline, at)
        case a.Chase():
            id = _key(action.task, "chased", at)
            return f.TaskChased(id=id, at=at, task=action.task, deadline=action.deadline)
        case a.GiveUp():
            return f.TaskGivenUp(id=_key(action.task, "given_up", at), at=at, task=action.task)
        case a.Withdraw():
            id = _key(action.task, "withdrawn", at)
            return f.TaskWithdrawn(id=id, at=at, task=action.task, because=action.why)
        case a.Close():
            return f.JourneyClosed(
                id=_key("journey", "closed", at), at=at, outcome=action.outcome, why=action.why
            )


def deferred(action: a.Contact, refusal: Refusal, at: datetime) -> f.ContactWithheld:
    """A rule refused at the last look."""
    rule, until, why = refusal.rule, refusal.until, refusal.words
    return f.ContactWithheld(**_contact(action, at, "withheld"), rule=rule, until=until, why=why)


def withdrawn(action: a.Contact, because: str, at: datetime) -> f.ContactWithdrawn:
    """A fact came first."""
    return f.ContactWithdrawn(**_contact(action, at, "withdrawn"), because=because)


def rode(action: a.Contact, along: str, at: datetime) -> f.ContactRode:
    """It went in the message of another loan."""
    return f.ContactRode(**_contact(action, at, "rode"), along=along)


def failed(action: a.Contact, meaning: str, at: datetime) -> f.ContactFailed:
    """The provider refused."""
    return f.ContactFailed(**_contact(action, at, "failed"), meaning=meaning)


def uncertain(action: a.Contact, at: datetime) -> f.ContactUncertain:
    """It may have been sent."""
    return f.ContactUncertain(**_contact(action, at, "uncertain"))


def _opened(task: str, job: a.Job, deadline: datetime, at: datetime) -> f.TaskOpened:
    id = _key(task, "opened", at)
    return f.TaskOpened(id=id, at=at, task=task, job=job, owner=a.OWNERS[job], deadline=deadline)


def _contact(action: a.Contact | a.Withhold, at: datetime, state: str) -> dict[str, Any]:
    return {
        "id": _key(action.contact, state, at),
        "at": at,
        "contact": action.contact,
        "touch": action.touch,
        "due": action.due,
        "channel": action.channel,
        "say": action.say,
        "skipped": action.skipped,
    }


def _key(what: str, state: str, at: datetime) -> str:
    """The same may happen to the same thing again, after it was taken back: the time is part of the key."""
    stamp = at.isoformat(timespec="seconds")[:19].replace("-", "").replace(":", "")
    return f"{what}.{state}.{stamp}"
