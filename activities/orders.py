"""What the workflow hands to an effect: the action, its moment, and what the decision knew."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from journeys.actions import Act
from journeys.case import Case
from journeys.facts import Told
from journeys.requests import Request


@dataclass(frozen=True, slots=True)
class Question:
    """What to do next? `news` are the facts told since the last question, so that the ledger has them too."""

    case: Case
    at: datetime
    news: tuple[Annotated[Told, Field(discriminator="kind")], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the journey, the key of the fact it would become, and the case as told so far."""

    key: str
    request: Annotated[Request, Field(discriminator="kind")]
    case: Case
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The fact that a request became; or none, and why it is refused."""

    fact: Annotated[Told, Field(discriminator="kind")] | None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Carry this out. References only: names, numbers and words are read from the ledger."""

    loan: str
    borrower: str
    strategy: str
    version: int
    action: Annotated[Act, Field(discriminator="kind")]
    at: datetime
    """Business time at which the workflow gave the order (UTC)."""
    heard: tuple[str, ...]
    """Keys of every outside fact the decision knew."""
