"""Every setting, each with a default that works on a laptop; read from JOURNEYS_… in the environment."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from activities.links import Pages, Question
from activities.words import Lender
from journeys import files


class BadSettings(ValueError):
    """A setting is wrong: one sentence each, naming the variable."""


class Settings(BaseSettings):
    """What may differ between a laptop and production. Temporal's own address is in its own variables."""

    model_config = SettingsConfigDict(env_prefix="JOURNEYS_", extra="ignore")

    data: Path = Path("var")
    """Folder for what the defaults below keep."""
    database: str = ""
    """SQLAlchemy URL of the ledger; by default a SQLite file in the data folder."""
    keys: Path = Path()
    """File with the keys that encrypt what Temporal keeps; by default in the data folder, made where it is
    not. Without it nobody can read the journeys that run: back it up, share it between all processes."""
    outbox: Path | None = None
    """Folder for letters and hand-off files; by default in the data folder."""
    lender_name: str = "Example Bank"
    lender_phone: str = "+1 202 555 0100"
    lender_complaints: str = "complaints@example.com"
    lender_address: str = "100 Example Street, Springfield, EX 00010"
    lender_email: str = "collections@example.com"
    twilio_account: str = ""
    twilio_token: SecretStr = SecretStr("")
    twilio_number: str = ""
    sendgrid_key: SecretStr = SecretStr("")
    sendgrid_event_key: str = ""
    """The public key that SendGrid shows beside its event webhook; without it no event is taken in."""
    provider_url: str = ""
    """Where Twilio's and SendGrid's requests go instead; the rehearsal server in development."""
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=1, le=65535)
    """Where the gateway listens; what ends TLS stands before it."""
    public_url: str = ""
    """Our address as the world sees it: providers call back there, and links to borrowers begin with it."""
    link_days: int = Field(default=30, ge=1, le=365)
    """How long a link to the borrower's page opens it."""
    confirm: Question = "phone"
    """What the borrower's page asks first, where it is on record and no secret to others."""
    pay_url: str = ""
    """Where borrowers pay, at the processor's; {reference} in it is what the payment is reported with."""
    payment_secrets: SecretStr = SecretStr("")
    """Secrets of our own payment events (Standard Webhooks, whsec_…), several while they are changed, apart
    by blanks or commas. Without one that door is shut."""
    stripe_secrets: SecretStr = SecretStr("")
    """Signing secrets of Stripe's webhook endpoint, in the same way."""
    provider_timeout: float = Field(default=8.0, gt=0, le=9)
    """Seconds until a request without an answer is uncertain; connecting and reading each, so that both end
    before the guard's own time does."""
    texts_per_second: float = Field(default=10.0, gt=0)
    calls_per_second: float = Field(default=1.0, gt=0)
    emails_per_second: float = Field(default=50.0, gt=0)
    letters_per_second: float = Field(default=10.0, gt=0)
    cached_journeys: int = Field(default=1000, ge=1)
    worker_metrics: str = ""
    """Where a worker serves Temporal's own metrics to Prometheus, like 127.0.0.1:9464; empty is nowhere."""
    codec_token: SecretStr = SecretStr("")
    """Who has it reads clear text from `journeys codec`."""

    @field_validator("sendgrid_event_key")
    @classmethod
    def _is_a_key(cls, key: str) -> str:
        try:
            known = not key or load_der_public_key(base64.b64decode(key, validate=True))
        except (ValueError, UnsupportedAlgorithm):
            known = None
        if key and not isinstance(known, EllipticCurvePublicKey):
            raise ValueError("copy the verification key as SendGrid shows it, on one line")
        return key

    @model_validator(mode="after")
    def _in_the_data_folder(self) -> Self:
        self.database = self.database or f"sqlite+aiosqlite:///{self.data / 'ledger.db'}"
        self.outbox = self.outbox or self.data / "outbox"
        self.keys = self.data / "keys" if self.keys == Path() else self.keys
        return self

    @field_validator("pay_url")
    @classmethod
    def _names_the_reference(cls, url: str) -> str:
        if url and not (url.startswith(("https://", "http://")) and "{reference}" in url):
            raise ValueError(
                "write an address with {reference} in it, like https://pay.example.com/{reference}"
            )
        return url

    @property
    def pages(self) -> Pages | None:
        """The borrower's page; none where the world has no address of ours."""
        base = f"{self.public_url.rstrip('/')}/p"
        return Pages(base, timedelta(days=self.link_days), self.confirm) if self.public_url else None

    @property
    def lender(self) -> Lender:
        return Lender(self.lender_name, self.lender_phone, self.lender_complaints, self.lender_address)

    def without_providers(self) -> list[str]:
        """The variables that are missing to send anything, in words."""
        wanted = {
            "JOURNEYS_TWILIO_ACCOUNT": self.twilio_account,
            "JOURNEYS_TWILIO_TOKEN": self.twilio_token.get_secret_value(),
            "JOURNEYS_TWILIO_NUMBER": self.twilio_number,
            "JOURNEYS_SENDGRID_KEY": self.sendgrid_key.get_secret_value(),
        }
        return [name for name, value in wanted.items() if not value]


def read_settings(**changes: object) -> Settings:
    """The settings of this process; raises `BadSettings`."""
    try:
        return Settings(**changes)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings(
            "\n".join(
                f"the setting JOURNEYS_{'_'.join(map(str, place)).upper()} is wrong: {what}"
                for place, what in files.sentences(error)
            )
        ) from None
