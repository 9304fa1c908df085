"""A second opinion on a finished life: which contacts should never have been made.

Written from the rules themselves and not from `journeys`, whose code it does not import: it looks back over
the whole life at once, where the first looks forward from each contact. Where a rule can be read in two ways
it keeps the laxer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)
CALLS = frozenset({"call", "ai_call"})
MESSAGES = frozenset({"sms", "email", "im", "app"})
TIMED = CALLS | MESSAGES | {"visit"}
ALL = TIMED | {"letter"}
TALK = frozenset({"conversation"})
REACHED = TALK | {"voicemail"}
UNCONNECTED = frozenset({"busy", "not_in_service"})


@dataclass(frozen=True)
class Contact:
    """A contact that was made, or received."""

    at: datetime
    medium: str
    debt: str
    outcome: str
    to: str = "consumer"
    inbound: bool = False
    misdirected: bool = False
    carries_opt_out: bool = True


@dataclass(frozen=True)
class Happening:
    """What befell the borrower: about one debt or medium where it names one, for a while where it ends."""

    kind: str
    at: datetime
    debt: str = ""
    medium: str = ""
    hours: tuple[str, str] = ("", "")
    last: date | None = None


@dataclass(frozen=True)
class Life:
    """All that happened to one borrower, in no particular order."""

    places: tuple[str, ...]
    """The layers that protect them, such as ("us-ma", "us", "house")."""
    zones: tuple[str, ...]
    days_past_due: int
    contacts: tuple[Contact, ...]
    happenings: tuple[Happening, ...]


def violations(life: Life) -> Iterator[str]:
    """A sentence for each contact that some rule forbade."""
    made = sorted((one for one in life.contacts if not one.inbound), key=lambda one: one.at)
    for place in life.places:
        for rule, check in RULES.get(place, {}).items():
            for contact, why in check(life, made):
                when = f"{contact.at:%Y-%m-%d %H:%M:%S}Z"
                yield f"{rule}: {contact.medium} about {contact.debt} at {when}: {why}"


# ── hours ────────────────────────────────────────────────────────────────────────────────────────

Found = Iterator[tuple[Contact, str]]
Check = Callable[[Life, list[Contact]], Found]
Span = tuple[str, str] | None
"""Opening and closing of a local day, half-open; None is closed all day."""


def hours(media: frozenset[str], spans: Callable[[date], Span], over: int | None = None) -> Check:
    """Contacts by these media only within the day's hours, wherever the borrower may be."""

    def check(life: Life, made: list[Contact]) -> Found:
        if over is not None and life.days_past_due > over:
            return
        for one in made:
            if one.medium in media:
                for zone in life.zones:
                    clock = one.at.astimezone(ZoneInfo(zone))
                    span = spans(clock.date())
                    if span is None or not _within(clock.time(), *span):
                        yield one, f"{clock:%a %H:%M} in {zone}"

    return check


def _within(clock: time, opens: str, closes: str) -> bool:
    return time.fromisoformat(opens) <= clock and (closes == "24:00" or clock < time.fromisoformat(closes))


def daily(opens: str, closes: str) -> Callable[[date], Span]:
    return lambda day: (opens, closes)


def weekly(
    weekdays: Span, saturday: Span, sunday: Span, country: str, part: str | None = None, off: Span = None
) -> Callable[[date], Span]:
    """By the day of the week; on a public holiday the last."""

    def span(day: date) -> Span:
        if day in _holidays(country, part):
            return off
        return {5: saturday, 6: sunday}.get(day.weekday(), weekdays)

    return span


@cache
def _holidays(country: str, part: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=part)


# ── counts ───────────────────────────────────────────────────────────────────────────────────────


def at_most(
    most: int,
    days: int,
    media: frozenset[str],
    *,
    outcomes: frozenset[str] | None = None,
    per_debt: bool = False,
    connected: bool = True,
    after_conversation: bool = False,
    consent: bool = False,
) -> Check:
    """At most so many contacts in any so many local days, in each zone."""

    def check(life: Life, made: list[Contact]) -> Found:
        counted = [
            one
            for one in made
            if one.medium in media
            and one.to == "consumer"
            and not one.misdirected
            and (outcomes is None or one.outcome in outcomes)
            and not (connected and one.outcome in UNCONNECTED)
            and not (consent and _consented(life, one))
        ]
        if after_conversation:
            spoken = [one.at for one in made if one.outcome == "conversation" and not one.misdirected]
            counted = [one for one in counted if spoken and one.at > min(spoken)]
        for debt in {one.debt for one in counted} if per_debt else {""}:
            mine = [one for one in counted if not debt or one.debt == debt]
            for zone in life.zones:
                local = [_day(one.at, zone) for one in mine]
                for last, day in zip(mine, local, strict=True):
                    window = sum(day - days * DAY < other <= day for other in local)
                    if window > most:
                        yield last, f"{window} in {days} days to {day}"

    return check


def after_talk(life: Life, made: list[Contact]) -> Found:
    """Seven local days after a telephone conversation about the debt, its own day the first."""
    talks = [
        one
        for one in life.contacts
        if one.medium in CALLS and one.outcome == "conversation" and not one.misdirected
    ]
    for one in made:
        if one.medium in CALLS and one.to == "consumer" and not _consented(life, one):
            for talk in talks:
                if talk.debt == one.debt and talk.at < one.at and talk is not one:
                    for zone in life.zones:
                        if _day(one.at, zone) < _day(talk.at, zone) + 7 * DAY:
                            yield one, f"they spoke at {talk.at:%Y-%m-%d %H:%M}Z"


def _consented(life: Life, call: Contact) -> bool:
    """A consent to be called lasts seven local days, or until it is revoked or they have spoken."""
    for consent in life.happenings:
        if consent.kind != "consent_call" or consent.at > call.at or consent.debt not in ("", call.debt):
            continue
        fresh = all(_day(call.at, zone) < _day(consent.at, zone) + 7 * DAY for zone in life.zones)
        revoked = any(
            one.kind == "consent_call_revoked" and consent.at <= one.at <= call.at for one in life.happenings
        )
        spoke = any(
            one.outcome == "conversation"
            and one.medium in CALLS
            and not one.misdirected
            and one.debt == call.debt
            and consent.at < one.at < call.at
            for one in life.contacts
        )
        if fresh and not revoked and not spoke:
            return True
    return False


# ── what happened ────────────────────────────────────────────────────────────────────────────────


def silent_after(
    kind: str, until: str = "", *, media: frozenset[str] = ALL, by_debt: bool = False, by_medium: bool = False
) -> Check:
    """No contact once this has happened, until that releases it."""

    def check(life: Life, made: list[Contact]) -> Found:
        for event in (one for one in life.happenings if one.kind == kind):
            for one in made:
                if (
                    one.medium in media
                    and one.to == "consumer"
                    and one.at >= event.at
                    and not (by_debt and event.debt not in ("", one.debt))
                    and not (by_medium and one.medium not in _same(event.medium))
                    and not _released(life, event, until, one.at, by_debt)
                ):
                    yield one, f"{kind} at {event.at:%Y-%m-%d %H:%M}Z"

    return check


def _same(medium: str) -> frozenset[str]:
    return CALLS if medium in CALLS else frozenset({medium})


def _released(life: Life, event: Happening, until: str, at: datetime, by_debt: bool) -> bool:
    return any(
        one.kind == until
        and event.at < one.at <= at
        and (not by_debt or one.debt in ("", event.debt) or not event.debt)
        for one in life.happenings
    )


def silent_for(kind: str, days: int | None = None) -> Check:
    """No contact for so many local days from its own, or to the last day it names."""

    def check(life: Life, made: list[Contact]) -> Found:
        for event in (one for one in life.happenings if one.kind == kind):
            first = _day(event.at, life.zones[0])
            last = event.last or first + ((days or 1) - 1) * DAY
            for one in made:
                if one.at >= event.at and _day(one.at, life.zones[0]) <= last:
                    yield one, f"{kind} to {last}"

    return check


def not_within(kind: str, ended: str) -> Check:
    """No contact in the hours that the borrower named, until they say otherwise."""

    def check(life: Life, made: list[Contact]) -> Found:
        for event in (one for one in life.happenings if one.kind == kind):
            for one in made:
                over = any(e.kind == ended and event.at < e.at <= one.at for e in life.happenings)
                if one.medium in TIMED and one.at >= event.at and not over:
                    for zone in life.zones:
                        if _within(one.at.astimezone(ZoneInfo(zone)).time(), *event.hours):
                            yield one, f"they named {event.hours[0]}-{event.hours[1]}"

    return check


def needs(kind: str, media: frozenset[str], wait: int = 0) -> Check:
    """Only once this has happened, and so many whole local days have passed since the latest."""

    def check(life: Life, made: list[Contact]) -> Found:
        zone = life.zones[0]
        for one in made:
            if one.medium in media:
                given = [event.at for event in life.happenings if event.kind == kind and event.at <= one.at]
                if not given:
                    yield one, f"no {kind} before it"
                elif wait and _day(one.at, zone) <= _day(max(given), zone) + wait * DAY:
                    yield one, f"less than {wait} days after {kind}"

    return check


def carries_opt_out(life: Life, made: list[Contact]) -> Found:
    for one in made:
        if one.medium in {"sms", "email", "im"} and not one.carries_opt_out:
            yield one, "says nothing of how to opt out"


def to_the_borrower_alone(life: Life, made: list[Contact]) -> Found:
    for one in made:
        if one.to not in ("consumer", "workplace"):
            yield one, f"asks {one.to} about a debt"


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


# ── the rules by place ───────────────────────────────────────────────────────────────────────────

EIGHT_TO_EIGHT, SATURDAY = ("08:00", "20:00"), ("08:00", "14:00")
RULES: dict[str, dict[str, Check]] = {
    "house": {
        "hours": hours(TIMED, daily("08:00", "21:00")),
        "one a day": at_most(1, 1, ALL, connected=False),
        "three a week": at_most(3, 7, TIMED, connected=False),
        "cease": silent_after("cease_received"),
        "medium": silent_after("stop_medium", by_medium=True),
        "bankrupt": silent_after("bankruptcy_filed", "bankruptcy_closed"),
        "attorney": silent_after("attorney_known", "attorney_nonresponse"),
        "deceased": silent_after("deceased"),
        "point": silent_after("contact_point_failed", by_medium=True),
        "third": to_the_borrower_alone,
    },
    "cn": {
        "hours": hours(CALLS | {"sms", "im", "visit"}, daily("08:00", "22:00")),
        "conversations": at_most(3, 1, CALLS, outcomes=TALK),
        "agreement": silent_after("repayment_agreement", "agreement_breached", by_debt=True),
        "third": to_the_borrower_alone,
    },
    "us": {
        "hours": hours(TIMED, daily("08:00", "21:00")),
        "inconvenient": not_within("designation", "designation_ended"),
        "seven calls": at_most(7, 7, CALLS, per_debt=True, consent=True),
        "after a talk": after_talk,
        "cease": silent_after("cease_received", by_debt=True),
        "attorney": silent_after("attorney_known", "attorney_nonresponse", by_debt=True),
        "bankruptcy": silent_after("bankruptcy_filed", "bankruptcy_closed"),
        "medium": silent_after("stop_medium", by_medium=True),
        "dispute": silent_after("dispute_written", "verification_sent", by_debt=True),
        "deceased": silent_after("deceased"),
        "opt-out notice": carries_opt_out,
        "third": to_the_borrower_alone,
    },
    "us-ma": {"two a week": at_most(2, 7, CALLS | {"sms"}, per_debt=True)},
    "us-wa": {"three a week": at_most(3, 7, TIMED, per_debt=True)},
    "us-dc": {
        "four calls": at_most(4, 7, CALLS, per_debt=True),
        "five messages": at_most(5, 7, frozenset({"sms", "email", "im"}), per_debt=True),
        "consent": needs("electronic_consent", frozenset({"sms", "email", "im"})),
    },
    "us-nyc": {
        "three attempts": at_most(3, 7, TIMED, per_debt=True),
        "consent": needs("electronic_consent", frozenset({"sms", "email", "im"})),
    },
    "gb-eaw": {
        "dispute": silent_after("dispute", "dispute_resolved", by_debt=True),
        "breathing space": silent_for("breathing_space", 60),
        "adviser": silent_for("debt_adviser_notified", 30),
        "time-barred": silent_after("statute_barred_refusal", by_debt=True),
    },
    "in": {"hours": hours(CALLS, daily("08:00", "19:00")), "third": to_the_borrower_alone},
    "au": {
        "telephone": hours(CALLS, weekly(("07:30", "21:00"), ("09:00", "21:00"), ("09:00", "21:00"), "AU")),
        "visits": hours(
            frozenset({"visit"}), weekly(("09:00", "21:00"), ("09:00", "21:00"), ("09:00", "21:00"), "AU")
        ),
        "three a week": at_most(3, 7, CALLS, outcomes=TALK, per_debt=True),
        "ten a month": at_most(10, 30, CALLS, outcomes=TALK, per_debt=True),
    },
    "ca-on": {
        "notice": needs("written_notice_sent", CALLS | {"visit"}, wait=6),
        "hours": hours(CALLS, weekly(("07:00", "21:00"), ("07:00", "21:00"), ("13:00", "17:00"), "CA", "ON")),
        "after a talk": at_most(3, 7, CALLS, outcomes=REACHED, after_conversation=True),
    },
    "ca-qc": {"hours": hours(CALLS, weekly(EIGHT_TO_EIGHT, EIGHT_TO_EIGHT, None, "CA", "QC"))},
    "br-sp": {"hours": hours(CALLS, weekly(EIGHT_TO_EIGHT, SATURDAY, None, "BR", "SP"))},
    "br-al": {"hours": hours(CALLS, weekly(EIGHT_TO_EIGHT, SATURDAY, None, "BR", "AL"))},
    "br-rj": {"hours": hours(CALLS, weekly(("09:00", "19:00"), None, None, "BR", "RJ"))},
    "mx": {"hours": hours(CALLS, daily("07:00", "22:00")), "third": to_the_borrower_alone},
    "ph": {"hours": hours(CALLS, daily("06:00", "22:00"), over=15)},
    "kr": {
        "hours": hours(CALLS | {"sms", "visit"}, daily("08:00", "21:00")),
        "seven a week": at_most(7, 7, CALLS, outcomes=TALK, per_debt=True),
        "deferral": silent_for("hardship_deferral"),
    },
    "ru": {
        "hours": hours(
            CALLS,
            weekly(("08:00", "22:00"), ("09:00", "20:00"), ("09:00", "20:00"), "RU", off=("09:00", "20:00")),
        ),
        "a call a day": at_most(1, 1, CALLS, outcomes=TALK),
        "two calls a week": at_most(2, 7, CALLS, outcomes=TALK),
        "eight calls a month": at_most(8, 30, CALLS, outcomes=TALK),
        "two messages a day": at_most(2, 1, frozenset({"sms"})),
        "four messages a week": at_most(4, 7, frozenset({"sms"})),
        "sixteen messages a month": at_most(16, 30, frozenset({"sms"})),
        "a meeting a week": at_most(1, 7, frozenset({"visit"}), outcomes=TALK),
    },
    "vn": {
        "hours": hours(CALLS | {"sms"}, daily("07:00", "21:00")),
        "five a day": at_most(5, 1, CALLS | {"sms", "email"}),
        "third": to_the_borrower_alone,
    },
    "id": {"hours": hours(CALLS | {"sms", "visit"}, daily("08:00", "20:00"))},
}
