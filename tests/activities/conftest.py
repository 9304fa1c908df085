"""The real clients of the providers, pointed at a loopback that speaks their wire."""

from collections.abc import Iterator

import pytest

from activities.outbound import Sender
from activities.sendgrid import SendGridEmail
from activities.twilio import TwilioText
from journeys.borrower import Channel
from rehearsal import CREDENTIALS
from rehearsal.providers import RehearsalProviders


@pytest.fixture
def providers() -> Iterator[RehearsalProviders]:
    with RehearsalProviders() as providers:
        yield providers


@pytest.fixture
def senders(providers: RehearsalProviders) -> dict[Channel, Sender]:
    text = TwilioText(
        CREDENTIALS["twilio_account"],
        CREDENTIALS["twilio_token"],
        CREDENTIALS["twilio_number"],
        base_url=providers.url,
        status_callback_base=None,
        timeout=5.0,
    )
    email = SendGridEmail(
        key=CREDENTIALS["sendgrid_key"],
        host=providers.url,
        from_email="collections@example.com",
        from_name="Example Bank",
        timeout=5.0,
    )
    return {Channel.SMS: text, Channel.EMAIL: email}
