"""The plainest workflow with the same timers and activities: what ours is measured against."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.orders import Order
    from workflows import effects


@workflow.defn
class PlainJourney:
    """Waits and acts as it was told at the start; decides nothing."""

    @workflow.run
    async def run(self, orders: list[Order]) -> None:
        for order in orders:
            wait = order.action.not_before - workflow.now()
            if wait > timedelta(0):
                await workflow.sleep(wait)
            effect = effects.effect_of(order.action)
            await workflow.execute_activity_method(
                effect.activity,
                order,
                task_queue=effect.queue,
                start_to_close_timeout=effect.within,
                retry_policy=effects.PATIENT,
            )
