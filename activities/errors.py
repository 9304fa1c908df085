"""What a provider may answer instead of "sent", in three words: refused, delayed, uncertain."""

from datetime import timedelta
from enum import StrEnum


class Meaning(StrEnum):
    """Why a provider refused, as far as it matters for what comes next."""

    OPTED_OUT = "opted_out"
    BAD_CONTACT_POINT = "bad_contact_point"
    OUR_CONFIGURATION = "our_configuration"
    TEMPORARY = "temporary"
    CAPPED = "capped"
    FILTERED = "filtered"
    REFUSED = "refused"


class SendRefused(Exception):
    """The provider answered no: nothing was sent, and the same request would be refused again."""

    def __init__(self, meaning: Meaning, text: str) -> None:
        super().__init__(text)
        self.meaning = meaning


class SendDelayed(Exception):
    """The request never began or was turned away at the door: nothing was sent, later is fine."""

    def __init__(self, text: str, retry_after: timedelta | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class SendUncertain(Exception):
    """The request left and no clear answer came: it may have been sent, so it is never repeated."""
