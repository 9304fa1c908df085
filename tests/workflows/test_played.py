"""What personas agree on in the rehearsal is asked for, and refused on a day on which it is not offered."""

from datetime import timedelta

from journeys.facts import PlanAgreed
from journeys.loan import Instalment
from rehearsal.borrowers import PERSONAS, Life
from rehearsal.play import Played
from rehearsal.stage import Stage
from tests.workflows.conftest import Started


async def test_a_plan_agreed_before_its_offer_opens_is_refused_in_the_rehearsal(
    on: Stage, started: Started
) -> None:
    case = await started()
    played = Played(case.loan.id, Life(PERSONAS[0], case))
    [one] = case.loan.instalments
    early = Instalment(case.opened_at.date() + timedelta(days=3), one.amount)
    plan = PlanAgreed(id="early", at=case.opened_at, instalments=(early,), offer="d10-plan", by="agents-1")
    played.later(plan)
    await played.speak(on.journeys)
    sentence = f"loan {case.loan.id}: 'd10-plan' is not offered to this borrower today; open are: none"
    assert played.refused == [sentence]
    assert not [fact for fact in await on.journeys.ledger.facts(case.loan.id) if isinstance(fact, PlanAgreed)]
