"""Every request, as an update of its name: refused in a sentence, or answered with the key of its fact."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from journeys import facts as f
    from journeys import requests
    from journeys.case import Case
    from journeys.view import View


class Answers:
    """Asks each request whether it makes sense now, and takes in the fact it becomes."""

    @property
    def told_so_far(self) -> Case:
        """The case with what came in while something was under way."""
        raise NotImplementedError

    def told(self, fact: f.Told) -> None:
        raise NotImplementedError

    def accept(self, request: requests.Request) -> str:
        """The key is the update's own, so that a repeated request is one fact."""
        update = workflow.current_update_info()
        assert update is not None, "only an update accepts a request"
        fact = request.fact(f"{update.name}.{update.id}", View.of(self.told_so_far, workflow.now()))
        self.told(fact)
        return fact.id

    def check(self, request: requests.Request) -> None:
        case = self.told_so_far
        closed = None if case.is_open else f"this journey is closed: {case.outcome}"
        refusal = closed or request.refusal(View.of(case, workflow.now()))
        if refusal is not None:
            raise ApplicationError(refusal, type="Refused", non_retryable=True)

    @workflow.update(description="Record a promise to pay, within limits")
    def promise(self, request: requests.Promise) -> str:
        return self.accept(request)

    @promise.validator
    def _check_promise(self, request: requests.Promise) -> None:
        self.check(request)

    @workflow.update(description="Take a promise back before its day")
    def withdraw_promise(self, request: requests.WithdrawPromise) -> str:
        return self.accept(request)

    @withdraw_promise.validator
    def _check_withdraw_promise(self, request: requests.WithdrawPromise) -> None:
        self.check(request)

    @workflow.update(description="Agree on a plan from an offer that is open")
    def plan(self, request: requests.Plan) -> str:
        return self.accept(request)

    @plan.validator
    def _check_plan(self, request: requests.Plan) -> None:
        self.check(request)

    @workflow.update(description="End the plan that runs")
    def revoke_plan(self, request: requests.RevokePlan) -> str:
        return self.accept(request)

    @revoke_plan.validator
    def _check_revoke_plan(self, request: requests.RevokePlan) -> None:
        self.check(request)

    @workflow.update(description="Offer to accept less than the whole as final")
    def settle(self, request: requests.Settle) -> str:
        return self.accept(request)

    @settle.validator
    def _check_settle(self, request: requests.Settle) -> None:
        self.check(request)

    @workflow.update(description="Take the open offer to settle back")
    def revoke_settlement(self, request: requests.RevokeSettlement) -> str:
        return self.accept(request)

    @revoke_settlement.validator
    def _check_revoke_settlement(self, request: requests.RevokeSettlement) -> None:
        self.check(request)

    @workflow.update(description="Stop some clocks until an instant, for a reason")
    def hold(self, request: requests.Hold) -> str:
        return self.accept(request)

    @hold.validator
    def _check_hold(self, request: requests.Hold) -> None:
        self.check(request)

    @workflow.update(description="Lift a hold before its time")
    def lift(self, request: requests.Lift) -> str:
        return self.accept(request)

    @lift.validator
    def _check_lift(self, request: requests.Lift) -> None:
        self.check(request)

    @workflow.update(description="Let a part of what is owed go")
    def waive(self, request: requests.Waive) -> str:
        return self.accept(request)

    @waive.validator
    def _check_waive(self, request: requests.Waive) -> None:
        self.check(request)

    @workflow.update(description="Put new instalments in the place of the old ones")
    def reschedule(self, request: requests.Reschedule) -> str:
        return self.accept(request)

    @reschedule.validator
    def _check_reschedule(self, request: requests.Reschedule) -> None:
        self.check(request)

    @workflow.update(description="The loan leaves collections unpaid: sold, recalled, written off …")
    def leave(self, request: requests.Leave) -> str:
        return self.accept(request)

    @leave.validator
    def _check_leave(self, request: requests.Leave) -> None:
        self.check(request)

    @workflow.update(description="End the journey for good")
    def stop(self, request: requests.Stop) -> str:
        return self.accept(request)

    @stop.validator
    def _check_stop(self, request: requests.Stop) -> None:
        self.check(request)

    @workflow.update(description="Move the journey to a published version of a strategy")
    def move(self, request: requests.Move) -> str:
        return self.accept(request)

    @move.validator
    def _check_move(self, request: requests.Move) -> None:
        self.check(request)

    @workflow.update(description="Sign the hand-off to legal, or refuse to")
    def sign(self, request: requests.Sign) -> str:
        return self.accept(request)

    @sign.validator
    def _check_sign(self, request: requests.Sign) -> None:
        self.check(request)
