"""Which provider carries which channel: adding one is a line here and a file in `activities/`."""

from collections.abc import Mapping

from activities.letters import Letterhead, Post
from activities.outbound import Sender
from activities.sendgrid import SendGridEmail
from activities.twilio import TwilioCall, TwilioText
from journeys.borrower import Channel
from workers.settings import Settings


def senders(settings: Settings) -> Mapping[Channel, Sender]:
    """The ways out, as the settings say."""
    assert settings.outbox is not None
    post = Post(
        settings.outbox / "letters",
        Letterhead(
            settings.lender_name,
            (settings.lender_address,),
            settings.lender_phone,
            settings.lender_complaints,
        ),
    )
    callbacks = f"{settings.public_url.rstrip('/')}/twilio" if settings.public_url else None
    text, voice = (
        twilio(
            account=settings.twilio_account,
            token=settings.twilio_token.get_secret_value(),
            from_number=settings.twilio_number,
            base_url=settings.provider_url or None,
            status_callback_base=callbacks,
            timeout=settings.provider_timeout,
        )
        for twilio in (TwilioText, TwilioCall)
    )
    email = SendGridEmail(
        key=settings.sendgrid_key.get_secret_value(),
        host=settings.provider_url or None,
        from_email=settings.lender_email,
        from_name=settings.lender_name,
        timeout=settings.provider_timeout,
    )
    return {
        Channel.EMAIL: email,
        Channel.SMS: text,
        Channel.CALL: voice,
        Channel.LETTER: post,
        Channel.REGISTERED: post,
    }
