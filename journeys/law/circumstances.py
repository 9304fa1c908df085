"""What may befall a borrower besides contacts, in words every file shares: a mistake is never a silence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from journeys.calendar import is_zone, local_day

EventType = Literal[
    # what the borrower allowed, and took back
    "consent_call",
    "consent_call_revoked",
    "time_consent",
    "time_consent_revoked",
    "electronic_consent",
    "electronic_consent_revoked",
    "agreed_hours",
    "agreed_hours_revoked",
    "agreed_frequency",
    "visit_consent",
    # what the borrower asked for, or told
    "designation",
    "designation_ended",
    "customer_request_hours",
    "inconvenient_place",
    "actual_location",
    "stop_medium",
    "opt_out",
    "cease_received",
    "statute_barred_refusal",
    "dispute",
    "dispute_resolved",
    "dispute_written",
    "original_creditor_request",
    # what befell the borrower
    "attorney_known",
    "attorney_nonresponse",
    "bankruptcy_filed",
    "bankruptcy_closed",
    "deceased",
    "death_mistaken",
    "minor",
    "came_of_age",
    "military_service",
    "military_service_ended",
    "personal_bankruptcy_accepted",
    "breathing_space",
    "debt_adviser_notified",
    "sensitive_occasion",
    "hardship_deferral",
    "contact_point_failed",
    "employer_prohibits",
    "number_invalid",
    # what other people said
    "third_party_refused",
    "third_party_volunteers",
    # what was agreed, and given notice of
    "repayment_agreement",
    "agreement_breached",
    "validation_sent",
    "verification_sent",
    "written_notice_sent",
    "visit_notice_sent",
    "transfer_notice_sent",
    "forbearance_offered",
    "letter_of_claim",
    "reply_form_received",
    "default_notice_served",
    "invoice_received",
    "payment_order_served",
    "mahnbescheid_served",
    "objection_received",
]
"""What may be told of a borrower besides contacts."""
EVENTS = frozenset[str](get_args(EventType))
TIMED = frozenset({"agreed_hours", "customer_request_hours", "designation", "time_consent"})
"""Events whose `from` and `to` are times of day."""
DATED = frozenset({"sensitive_occasion", "hardship_deferral", "breathing_space", "debt_adviser_notified"})
"""Events whose `from` and `to` are dates."""
DATES = (
    *("until", "starts_on", "ends_on", "ended_on", "cancelled_on"),
    *("treatment_ends_on", "treatment_ended_on", "treatment_ends", "treatment_ended", "treatment_until"),
    *("treatment_end", "treatment_end_date"),
)
"""Values that are dates of any event; a last day is included."""
CLOCK = re.compile(r"(([01]\d|2[0-3]):[0-5]\d|24:00)(:00)?")
Value = object
"""A value as a file gives it: text, number, date, truth, or a list of these."""


Where = Mapping[str, tuple[str | bool, ...]]
"""Values an event must have; "" stands for not saying."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened besides contacts: a consent, a stop, a dispute, a notice; dates begin at midnight.

    Raises ValueError with a sentence for what no rule could read.
    """

    type: str
    at: datetime
    values: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.type not in EVENTS:
            raise ValueError(f"{self.type!r} is not an event; known are {', '.join(sorted(EVENTS))}")
        if not self.values:
            return
        try:
            self._check()
        except ValueError as error:
            raise ValueError(f"the event {self.type!r}: {error}") from None

    def has(self, where: Where) -> bool:
        """Whether it has these values."""
        return all(self.values.get(name, "") in values for name, values in where.items())

    def windows(self) -> list[Mapping[str, Value]]:
        """The windows it names, or the one that it is; days it names itself hold for each."""
        windows = self.values.get("windows", [self.values])
        if not isinstance(windows, list) or not all(isinstance(one, Mapping) for one in windows):
            raise ValueError(f"windows is a list of from, to, weekdays and days, not {windows!r}")
        everywhere = {name: self.values[name] for name in ("weekdays", "days") if name in self.values}
        return [{**everywhere, **one} for one in windows] if everywhere else windows

    def _check(self) -> None:
        if self.type in TIMED:
            for window in self.windows():
                _check_window(window)
        days = self.values.get("days", [])
        if not isinstance(days, list | int):
            raise ValueError(f"days is a number or a list of dates, not {days!r}")
        names = (*DATES, "from", "to") if self.type in DATED else DATES
        dates = days if isinstance(days, list) else []
        for value in (*dates, *(self.values[name] for name in names if name in self.values)):
            day_of(value)
        zone = self.values.get("zone", "")
        if self.type == "actual_location" and not (isinstance(zone, str) and is_zone(zone)):
            raise ValueError(f"{zone!r} is not a time zone: write it like Asia/Shanghai")


def day_of(value: Value) -> date:
    """A date as a file gives it; raises ValueError with a sentence."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ValueError(f"{value!r} is not a date: write it like 2026-03-02") from None


def day_in(text: str, zone: str) -> date:
    """The local day of an instant, or the day itself."""
    return local_day(datetime.fromisoformat(text), zone) if "T" in text else day_of(text)


def seconds_of(clock: Value) -> int:
    """Seconds since midnight of "21:30"; "24:00" is the end of the day; raises ValueError with a sentence."""
    if not isinstance(clock, str) or not CLOCK.fullmatch(clock):
        raise ValueError(f"{clock!r} is not a time of day: write it like 21:30")
    return int(clock[:2]) * 3600 + int(clock[3:5]) * 60


def _check_window(window: Mapping[str, Value]) -> None:
    seconds_of(window.get("from", "00:00"))
    seconds_of(window.get("to", "24:00"))
    weekdays = window.get("weekdays", [])
    if not isinstance(weekdays, list) or not all(day in range(7) for day in weekdays):
        raise ValueError(f"weekdays are numbers from 0, Monday, to 6, Sunday, not {weekdays!r}")
    days = window.get("days", [])
    if not isinstance(days, list):
        raise ValueError(f"the days of a window are a list of dates, not {days!r}")
    for day in days:
        day_of(day)
