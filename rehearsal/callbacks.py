"""The providers call back: what became of each message, and what people write, signed as the vendors sign."""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twilio.request_validator import RequestValidator

from rehearsal import CREDENTIALS
from rehearsal.wire import Delivery

Says = Sequence[Mapping[str, str]]
"""What callbacks say, one after the other, in the provider's own words."""
USUAL: Mapping[str, Says] = {
    "sms": ({"MessageStatus": "sent"}, {"MessageStatus": "delivered"}),
    "call": ({"CallStatus": "completed"},),
    "email": ({"event": "processed"}, {"event": "delivered"}),
}
"""By channel, where nothing goes wrong."""


class Callbacks:
    """Calls a gateway back, as the consoles of both providers are told to; its answers are kept."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.answers: list[int] = []
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._http = httpx2.Client(timeout=30)
        self._later = ThreadPoolExecutor(2)

    @property
    def event_key(self) -> str:
        """What SendGrid would show beside its webhook."""
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(public).decode()

    def close(self) -> None:
        """Say what is still to be said."""
        self._later.shutdown()
        self._http.close()

    def after(self, delivery: Delivery, url: str, says: Says) -> None:
        """Tell soon what became of a message; of a text or a call where an address was given with it."""
        says = says or USUAL[delivery.channel]
        if delivery.channel == "email":
            self._later.submit(self.events, delivery, says)
        elif url:
            self._later.submit(self.statuses, delivery, url, says)

    def statuses(self, delivery: Delivery, url: str, says: Says) -> None:
        """Twilio's: one request each."""
        kind = "Message" if delivery.channel == "sms" else "Call"
        about = {
            f"{kind}Sid": delivery.provider_id,
            "From": CREDENTIALS["twilio_number"],
            "To": delivery.to,
            "ApiVersion": "2010-04-01",
        }
        for one in says:
            self._twilio(url, {**about, **one})

    def events(self, delivery: Delivery, says: Says) -> None:
        """SendGrid's: as many as there are at once."""
        about = {
            "email": delivery.to,
            "timestamp": int(time.time()),
            "contact": delivery.contact_id,
            "sg_message_id": f"{delivery.provider_id}.recvd-rehearsal-0",
        }
        self.post_events([{**about, "sg_event_id": uuid4().hex, **one} for one in says])

    def post_events(self, events: Sequence[Mapping[str, object]]) -> int:
        """Any events; gives the gateway's answer."""
        body, timestamp = json.dumps(events).encode(), str(int(time.time()))
        signature = self._key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        headers = {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
        return self._keep(self._http.post(f"{self.gateway}/sendgrid", content=body, headers=headers))

    def text(self, sender: str, body: str, **more: str) -> int:
        """Somebody writes to our number; gives the gateway's answer."""
        said = {"MessageSid": f"SM{uuid4().hex}", "From": sender, "To": CREDENTIALS["twilio_number"]}
        return self._twilio(f"{self.gateway}/twilio/inbound", said | {"Body": body, "NumMedia": "0"} | more)

    def _twilio(self, url: str, said: Mapping[str, str]) -> int:
        form = {"AccountSid": CREDENTIALS["twilio_account"], **said}
        signature = RequestValidator(CREDENTIALS["twilio_token"]).compute_signature(url, form)
        return self._keep(self._http.post(url, data=form, headers={"X-Twilio-Signature": signature}))

    def _keep(self, answer: httpx2.Response) -> int:
        self.answers.append(answer.status_code)
        return answer.status_code
