"""What may go wrong with one request to a provider, to be arranged in a rehearsal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto


class Ending(Enum):
    """How an exchange ends for the client."""

    ANSWERED = auto()
    SILENT = auto()
    DROPPED = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request: is the message accepted, and what does the client hear?"""

    accepted: bool = False
    ending: Ending = Ending.ANSWERED
    status: int = 400
    code: int = 0
    retry_after: int | None = None
    plain: bool = False
    """The answer is as if nothing were wrong."""
    says: tuple[Mapping[str, str], ...] = ()
    """What the callbacks say, in this order, where it is not the usual."""
    problem: bool = False
    """Say it as a problem document (RFC 9457), as some of Twilio's services do."""


def too_many_requests(retry_after: int | None = None) -> Fault:
    """Turned away at the door, perhaps with the seconds to wait."""
    return Fault(status=429, code=20429, retry_after=retry_after)


def refused(code: int = 0, status: int = 400, problem: bool = False) -> Fault:
    """A plain no: Twilio says it by code, SendGrid by HTTP status."""
    return Fault(status=status, code=code, problem=problem)


def fails_after_accepting(status: int = 500) -> Fault:
    """The message goes out, and the answer says that something broke."""
    return Fault(accepted=True, status=status, code=20500)


def silent_after_accepting() -> Fault:
    """No answer at all, until the client gives up."""
    return Fault(accepted=True, ending=Ending.SILENT)


def dropped() -> Fault:
    """The connection closes without an answer and nothing was accepted; the client cannot know that."""
    return Fault(ending=Ending.DROPPED)


def dropped_after_accepting() -> Fault:
    """The message goes out, and the connection closes without an answer."""
    return Fault(accepted=True, ending=Ending.DROPPED)


def reports(*says: Mapping[str, str], but: Fault | None = None) -> Fault:
    """The message is taken, and callbacks say this of it: twice, in disorder, as it is given here."""
    return replace(but or Fault(accepted=True, plain=True), says=says)
