"""Two journeys of one borrower: one message a day, both diaries show it, and they are played in step."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy import select

from activities.ledger import Person
from activities.tables import facts
from journeys.borrower import Borrower, Channel
from journeys.calendar import DAY, local
from journeys.diary import diary
from journeys.loan import Instalment, Loan
from journeys.money import Money
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.checker import violations
from rehearsal.play import A_MOMENT, Played, at_rest, move, play_together
from rehearsal.stage import Stage

MORNING = range(9, 12)
"""Hours in which the strategy would contact at once: then the borrower lives elsewhere."""


async def test_what_the_other_loan_has_due_rides_along(on: Stage) -> None:
    now = datetime.now(UTC)
    zone = next(one for one in ("Asia/Shanghai", "Europe/London") if local(now, one).hour not in MORNING)
    here = local(now, zone)
    day = here.date() + DAY * (here.hour >= MORNING.stop)
    borrower = Borrower("B-several", "en", (zone,), tuple(Channel), ("cn",))
    person = Person(borrower, "Winifred Quill", "several@example.com", "+8613800138077", "7 Nightingale Row")
    with on.env.with_time_skipping_disabled():
        for loan, days in (("HIGH", 20), ("LOW", 5)):
            debt = Loan(loan, (Instalment(day - timedelta(days=days), Money.of("8400", "CNY")),))
            await on.journeys.start(debt, person, "cn-consumer", now)
    for loan in ("LOW", "HIGH", "LOW"):
        await _wakes(on, loan)

    [delivery] = [one for one in on.providers.deliveries if one.to in (person.email, person.phone)]
    assert delivery.channel == "sms" and "Also overdue: LOW, CNY 8,400.00" in delivery.body
    high, low = [await _diary(on, loan, zone) for loan in ("HIGH", "LOW")]
    assert high == ["10:24 sms demand the latest of 10 due"]
    text = f"HIGH.{day - timedelta(days=20):%Y%m%d}.d20-sms"
    assert low[0].startswith("09:49 email payment-missed withheld: loan HIGH is at a higher stage and goes")
    assert low[1:] == [f"10:24 email payment-missed went with {text}; the latest of 6 due"]
    case = await on.journeys.handle("LOW").query("known")
    assert [one["state"] for one in case["attempts"]] == ["rode"]


async def test_what_happens_on_several_loans_of_a_borrower_is_played_in_the_order_of_its_time(
    on: Stage,
) -> None:
    now, lives = datetime.now(UTC), {one.name: one for one in PERSONAS}
    borrower = Borrower("B-in-step", "en", ("Asia/Shanghai",), tuple(Channel), ("cn",))
    person = Person(borrower, "Winifred Quill", "step@example.com", "+8613800138078", "7 Nightingale Row")
    played = []
    for loan, persona, days in (("FIRST", "silent", -30), ("SECOND", "partial", 8), ("THIRD", "prompt", 9)):
        debt = Loan(loan, (Instalment(now.date() + days * DAY, Money.of("8400", "CNY")),))
        await on.journeys.start(debt, person, "cn-consumer", now)
        case = await on.journeys.ledger.case(loan)
        assert case is not None
        played.append(Played(loan, Life(lives[persona], case)))
    await play_together(on.env, on.journeys, played, now + timedelta(days=40))

    async with on.journeys.ledger.reading.connect() as db:
        mine = select(facts.c.at).where(facts.c.loan.in_([one.loan for one in played]))
        recorded = (await db.execute(mine.order_by(facts.c.seq))).scalars().all()
    assert len(recorded) > 20
    assert all(later > earlier - A_MOMENT for earlier, later in pairwise(recorded))
    assert [one for one in await violations(on.journeys.ledger) if borrower.id in one] == []


async def _wakes(on: Stage, loan: str) -> None:
    """Move the journey to its next wake, and let it do what it decided."""
    _, wake = await at_rest(on.journeys, loan)
    while (await at_rest(on.journeys, loan))[1] == wake:
        await move(on.env, on.journeys.handle(loan), wake - A_MOMENT)


async def _diary(on: Stage, loan: str, zone: str) -> list[str]:
    lines = diary(await on.journeys.ledger.facts(loan), zone).splitlines()
    return [" ".join(line.split()[4:]) for line in lines]
