"""What is sent to us: loans to start, replies, and the facts and requests of the domain as it has them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Path
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from activities.ledger import Person
from gateway.client import misspelt
from gateway.loans import channels, email_of, phone_of
from journeys.borrower import Borrower, Channel
from journeys.facts import CODE, CODES
from journeys.loan import MOST_GRACE, MOST_RATE, Instalment, Loan, Terms
from journeys.money import MOST

REFERENCE = r"^\w[\w.:-]*$"
PRINTED = r"^[^\x00-\x1f\x7f-\x9f]*$"
Reference = Annotated[str, Field(min_length=1, max_length=100, pattern=REFERENCE)]
LoanReference = Annotated[
    str,
    Path(
        min_length=1,
        max_length=100,
        pattern=REFERENCE,
        description="The loan's reference.",
        examples=["LN-1"],
    ),
]
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]
Word = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w+/-]+$")]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=9)]


class Exactly:
    """Marks a dataclass of the domain as a body: a name that it does not know is refused, not left out.

    What happened, and is told without `at`, happened now.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_exactly(source), handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        reference = handler(core)
        written = handler.resolve_ref_schema(reference)
        written["additionalProperties"] = False
        if "at" in written["properties"]:
            written["required"] = [*(name for name in written["required"] if name != "at"), "kind"]
        for name, one in written["properties"].items():
            if one.get("type") == "string" and not one.keys() & {"enum", "const", "format"}:
                one["pattern"] = f"^{CODE.pattern}$" if name in CODES else PRINTED
        return reference


def _exactly(kind: type) -> Callable[[Any], Any]:
    def exactly(given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if why := misspelt(given, kind):
            raise PydanticCustomError("misspelt", "{why}", {"why": why})
        now = {"at": datetime.now(UTC)} if "at" in kind.__dataclass_fields__ else {}  # type: ignore[attr-defined]
        return now | given

    return exactly


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WhoOwes(_Form):
    """The borrower, with where they can be reached: by one of e-mail, phone and address at least."""

    id: Reference
    name: Text
    email: Text | None = None
    phone: Text | None = None
    address: Text | None = Field(default=None, description="Lines, one below the other.")
    birth_year: int | None = Field(default=None, ge=1900, le=2100, description="Opens their page by text.")
    language: Literal["en", "zh"]
    zones: Words = Field(description="Time zones; the first is home, the others are where they may also be.")
    jurisdictions: Words = Field(description="Layers of law that protect them, like us and us-ma.")

    @field_validator("email")
    @classmethod
    def _one_address(cls, text: str | None) -> str | None:
        if text is not None and email_of(text) is None:
            raise ValueError("that is not one that can be reached: write it like li@example.com")
        return text

    @field_validator("phone")
    @classmethod
    def _one_number(cls, text: str | None) -> str | None:
        """As the providers dial it: a wrong one would reach somebody else, about their debt."""
        if text is None:
            return None
        if (number := phone_of(text)) is None:
            raise ValueError("that is not one that can be reached: write it like +8613800000000")
        return number


class ContractTerms(_Form):
    """What the contract lets the lender ask for lateness; the law of the place may allow less."""

    late_rate: int = Field(default=0, ge=0, le=MOST_RATE, description="Hundredths of a percent a year.")
    late_fee: int = Field(default=0, ge=0, le=MOST, description="Minor units, once for each instalment.")
    grace_days: int = Field(default=0, ge=0, le=MOST_GRACE)
    alone: Literal["collect", "let go"] = Field(
        default="collect", description="What becomes of fees and interest left when all principal is paid."
    )


class LoanToStart(_Form):
    """A loan, its borrower, and the strategy to walk; without a version, the newest."""

    borrower: WhoOwes
    instalments: tuple[Annotated[Instalment, Exactly()], ...] = Field(min_length=1, max_length=600)
    terms: ContractTerms = ContractTerms()
    strategy: Word
    version: int | None = Field(default=None, ge=1, le=10_000)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        self.loan("any")
        self.person()
        return self

    def loan(self, reference: str) -> Loan:
        """The loan by its reference; raises ValueError with a sentence."""
        return Loan(reference, self.instalments, Terms(**self.terms.model_dump()))

    def person(self) -> Person:
        """Its borrower; raises ValueError with a sentence."""
        one = self.borrower
        reached = channels(one.email or "", one.phone or "", one.address or "")
        who = Borrower(one.id, one.language, one.zones, reached, one.jurisdictions)
        return Person(who, one.name, one.email, one.phone, one.address, one.birth_year)


class LoanInFile(LoanToStart):
    """A line of a loan file: the same, with the loan's reference."""

    loan_id: Annotated[str, Field(alias="loan", min_length=1, max_length=100, pattern=REFERENCE)]

    def named(self) -> Loan:
        """The loan; raises ValueError with a sentence."""
        return self.loan(self.loan_id)


class Reply(_Form):
    """What a borrower wrote, in their own words: kept in the ledger, never in a history."""

    id: Reference = Field(description="The message's id: heard twice, it counts once.")
    channel: Literal[Channel.SMS, Channel.EMAIL]
    text: Text
    at: AwareDatetime | None = Field(default=None, description="When they wrote; without it, now.")
