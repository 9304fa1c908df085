"""Every request, as an update of its name: refused in a sentence, or answered with the key of its fact.

The validator answers at once and leaves no event. What passes it is judged again, one request after the
other, by an activity: so the answer is recorded, and replay reads it whatever has become of law and offers.
"""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.orders import Asked
    from journeys import facts as f
    from journeys import requests
    from journeys.case import Case
    from journeys.view import View
    from workflows import effects


class Answers:
    """Asks each request whether it makes sense now, and takes in the fact it becomes."""

    judging: asyncio.Lock
    """Held while one request is judged, so that the next one is judged by what came of it."""

    @property
    def told_so_far(self) -> Case:
        """The case with what came in while something was under way."""
        raise NotImplementedError

    def told(self, fact: f.Told) -> None:
        raise NotImplementedError

    async def accept(self, request: requests.Request) -> str:
        """The key is the update's own, so that a request asked again is the same, in a later run as well."""
        key = _key()
        async with self.judging:
            case = self.told_so_far
            if key not in case.heard():
                answer = await workflow.execute_local_activity_method(
                    effects.ACCEPT,
                    Asked(key, request, case, workflow.now()),
                    start_to_close_timeout=effects.DECIDE_WITHIN,
                    retry_policy=effects.PATIENT,
                    summary=f"judge the request: {request.kind}",
                )
                if answer.fact is None:
                    raise _refused(answer.refusal)
                self.told(answer.fact)
        return key

    def check(self, request: requests.Request) -> None:
        """The first answer; nothing is recorded of a refusal."""
        case = self.told_so_far
        if _key() not in case.heard():
            refusal = request.refusal(View.of(case, workflow.now()))
            if refusal is not None:
                raise _refused(refusal)

    @workflow.update(description="Record a promise to pay, within limits")
    async def promise(self, request: requests.Promise) -> str:
        return await self.accept(request)

    @promise.validator
    def _check_promise(self, request: requests.Promise) -> None:
        self.check(request)

    @workflow.update(description="Take a promise back before its day")
    async def withdraw_promise(self, request: requests.WithdrawPromise) -> str:
        return await self.accept(request)

    @withdraw_promise.validator
    def _check_withdraw_promise(self, request: requests.WithdrawPromise) -> None:
        self.check(request)

    @workflow.update(description="Agree on a plan from an offer that is open")
    async def plan(self, request: requests.Plan) -> str:
        return await self.accept(request)

    @plan.validator
    def _check_plan(self, request: requests.Plan) -> None:
        self.check(request)

    @workflow.update(description="End the plan that runs")
    async def revoke_plan(self, request: requests.RevokePlan) -> str:
        return await self.accept(request)

    @revoke_plan.validator
    def _check_revoke_plan(self, request: requests.RevokePlan) -> None:
        self.check(request)

    @workflow.update(description="Offer to accept less than the whole as final")
    async def settle(self, request: requests.Settle) -> str:
        return await self.accept(request)

    @settle.validator
    def _check_settle(self, request: requests.Settle) -> None:
        self.check(request)

    @workflow.update(description="Take the open offer to settle back")
    async def revoke_settlement(self, request: requests.RevokeSettlement) -> str:
        return await self.accept(request)

    @revoke_settlement.validator
    def _check_revoke_settlement(self, request: requests.RevokeSettlement) -> None:
        self.check(request)

    @workflow.update(description="Stop some clocks until an instant, for a reason")
    async def hold(self, request: requests.Hold) -> str:
        return await self.accept(request)

    @hold.validator
    def _check_hold(self, request: requests.Hold) -> None:
        self.check(request)

    @workflow.update(description="Lift a hold before its time")
    async def lift(self, request: requests.Lift) -> str:
        return await self.accept(request)

    @lift.validator
    def _check_lift(self, request: requests.Lift) -> None:
        self.check(request)

    @workflow.update(description="Let a part of what is owed go")
    async def waive(self, request: requests.Waive) -> str:
        return await self.accept(request)

    @waive.validator
    def _check_waive(self, request: requests.Waive) -> None:
        self.check(request)

    @workflow.update(description="Put new instalments in the place of the old ones")
    async def reschedule(self, request: requests.Reschedule) -> str:
        return await self.accept(request)

    @reschedule.validator
    def _check_reschedule(self, request: requests.Reschedule) -> None:
        self.check(request)

    @workflow.update(description="The loan leaves collections unpaid: sold, recalled, written off …")
    async def leave(self, request: requests.Leave) -> str:
        return await self.accept(request)

    @leave.validator
    def _check_leave(self, request: requests.Leave) -> None:
        self.check(request)

    @workflow.update(description="End the journey for good")
    async def stop(self, request: requests.Stop) -> str:
        return await self.accept(request)

    @stop.validator
    def _check_stop(self, request: requests.Stop) -> None:
        self.check(request)

    @workflow.update(description="Move the journey to a published version of a strategy")
    async def move(self, request: requests.Move) -> str:
        return await self.accept(request)

    @move.validator
    def _check_move(self, request: requests.Move) -> None:
        self.check(request)

    @workflow.update(description="Sign the hand-off to legal, or refuse to")
    async def sign(self, request: requests.Sign) -> str:
        return await self.accept(request)

    @sign.validator
    def _check_sign(self, request: requests.Sign) -> None:
        self.check(request)


def _key() -> str:
    update = workflow.current_update_info()
    assert update is not None, "only an update asks"
    return f"{update.name}.{update.id}"


def _refused(why: str) -> ApplicationError:
    return ApplicationError(why, type="Refused", non_retryable=True)
