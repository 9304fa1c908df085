"""The tables of the ledger: the memory of every loan, kept for as long as the law asks."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored in UTC and given back with its zone, also where the database has none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: the ledger keeps instants, pass it with its zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()
_Number = BigInteger().with_variant(Integer, "sqlite")

borrowers = Table(
    "borrowers",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("email", String),
    Column("phone", String),
    Column("number", String, index=True),
    Column("address", Text),
    Column("language", String, nullable=False),
    Column("zones", JSON, nullable=False),
    Column("channels", JSON, nullable=False),
    Column("jurisdictions", JSON, nullable=False),
    Column("birth_year", Integer),
    Index("borrowers_by_email", text("lower(email)")),
)

loans = Table(
    "loans",
    metadata,
    Column("id", String, primary_key=True),
    Column("borrower", ForeignKey("borrowers.id"), nullable=False, index=True),
    Column("instalments", JSON, nullable=False),
    Column("terms", JSON),
    Column("strategy", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("outcome", String),
    Column("closed_at", UtcDateTime),
)

facts = Table(
    "facts",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("loan", ForeignKey("loans.id"), nullable=False),
    Column("id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", JSON, nullable=False),
    Column("taken", Boolean, nullable=False, server_default=false()),
    Column("recorded_at", UtcDateTime, nullable=False, server_default=func.now()),
    UniqueConstraint("loan", "id"),
    Index("facts_by_id", "id"),
    Index("facts_untaken", "seq", postgresql_where=text("taken IS false"), sqlite_where=text("taken IS 0")),
)

decisions = Table(
    "decisions",
    metadata,
    Column("loan", ForeignKey("loans.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("rule", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("strategy", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("law", String, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", String, primary_key=True),
    Column("loan", ForeignKey("loans.id"), nullable=False, index=True),
    Column("borrower", ForeignKey("borrowers.id"), nullable=False),
    Column("touch", String, nullable=False),
    Column("due", Date, nullable=False),
    Column("channel", String, nullable=False),
    Column("say", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("result", String),
    Column("delivery", String),
    Column("provider", String),
    Column("provider_id", String, index=True),
    Column("template", String),
    Column("digest", String),
    Column("law", String, nullable=False),
    Column("strategy", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Index("contacts_of_borrower", "borrower", "at"),
)

links = Table(
    "links",
    metadata,
    Column("contact", ForeignKey("contacts.id"), primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)
"""Links to the borrower's page; the id is the digest of what stands in the message."""

confirmations = Table(
    "confirmations",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("link", String, nullable=False),
    Column("borrower", ForeignKey("borrowers.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("confirmed", Boolean, nullable=False),
)
"""Answers given to what the borrower's page asks at first; one without a link is a person's word."""

withheld = Table(
    "withheld",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("contact", String, nullable=False),
    Column("loan", ForeignKey("loans.id"), nullable=False, index=True),
    Column("borrower", ForeignKey("borrowers.id"), nullable=False),
    Column("touch", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("rule", String, nullable=False),
    Column("until", UtcDateTime),
    Column("why", Text, nullable=False),
    Column("law", String, nullable=False),
    Column("inputs", JSON),
    UniqueConstraint("contact", "at"),
)

freezes = Table(
    "freezes",
    metadata,
    Column("id", String, primary_key=True),
    Column("place", String, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("spread", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("thawed_at", UtcDateTime),
)

words = Table(
    "words",
    metadata,
    Column("loan", ForeignKey("loans.id"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("channel", String, nullable=False),
    Column("text", Text, nullable=False),
)
"""What borrowers wrote; the fact with the same key says what was understood."""

strays = Table(
    "strays",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("channel", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""What was written by nobody we know, or by somebody whose journeys have ended: a person reads it."""

unmatched = Table(
    "unmatched",
    metadata,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("payment", String, nullable=False, index=True),
    Column("reference", String, nullable=False),
    Column("loan", ForeignKey("loans.id")),
    Column("at", UtcDateTime, nullable=False),
    Column("fact", JSON, nullable=False),
    Column("why", Text, nullable=False),
    Column("matched_to", String),
    Column("matched_by", String),
    Column("matched_at", UtcDateTime),
)
"""Money that came in, or was taken back, and belongs to no open journey: a person says where it goes."""

arrivals = Table(
    "arrivals",
    metadata,
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("type", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("why", Text),
    Column("body", LargeBinary),
    Column("done_by", String),
    Column("done_at", UtcDateTime),
    Index("arrivals_set_aside", "state"),
)
"""What processors reported, once each; the body is kept of what was set aside for a person."""

tasks = Table(
    "tasks",
    metadata,
    Column("id", String, primary_key=True),
    Column("loan", ForeignKey("loans.id"), nullable=False, index=True),
    Column("borrower", ForeignKey("borrowers.id"), nullable=False),
    Column("job", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("deadline", UtcDateTime, nullable=False),
    Column("script", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("result", String),
    Column("reported_by", String),
    Column("closed_at", UtcDateTime),
    Index("tasks_of_owner", "owner", "state"),
)

events = Table(
    "events",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("loan", ForeignKey("loans.id"), nullable=False),
    Column("id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("loan", "id"),
)
"""What whoever subscribes is told, in the order in which it came to be on record."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("types", JSON, nullable=False),
    Column("by", String, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
"""Who is told; `types` empty means every event. The secret signs, so it is kept as it is."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("subscription", ForeignKey("subscriptions.id"), primary_key=True),
    Column("event", ForeignKey("events.seq"), primary_key=True),
    Column("loan", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", UtcDateTime),
    Column("why", Text),
    Index("deliveries_in_line", "state", "subscription", "loan", "event"),
)
"""An event on its way to one subscriber: waiting, delivered or dead."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("digest", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)
"""Who may use the HTTP API; of a key only its digest is kept."""

commands = Table(
    "commands",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("key", ForeignKey("api_keys.id"), nullable=False),
    Column("idempotency", String),
    Column("digest", String, nullable=False),
    Column("what", Text, nullable=False),
    Column("loan", String, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("answer", JSON),
    UniqueConstraint("key", "idempotency"),
)
"""What was asked for over HTTP, by whom and why, with its answer: references only, of the body its digest."""

intakes = Table(
    "intakes",
    metadata,
    Column("id", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("form", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("complete", Boolean, nullable=False),
)
"""Loan files that were sent to us; `complete` once all of a file is here."""

intake_lines = Table(
    "intake_lines",
    metadata,
    Column("intake", ForeignKey("intakes.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("says", JSON(none_as_null=True)),
    Column("state", String, nullable=False),
    Column("why", Text),
    Column("lent_until", UtcDateTime),
    Index("intake_lines_by_state", "intake", "state", "number"),
)
"""Their lines: waiting, started, known or refused; what a line says is forgotten once it is done."""
