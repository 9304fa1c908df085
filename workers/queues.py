"""The workers of one process: which queue runs what, how much of it, how fast."""

from collections.abc import Mapping

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.decide import Decide
from activities.desk import Desk
from activities.guard import Guard
from activities.ledger import Ledger
from activities.legal import Legal
from activities.outbound import Sender
from journeys.borrower import Channel
from workers.logs import Logged
from workers.settings import Settings
from workflows import effects
from workflows.journey import CollectionJourney


def workers(
    client: Client, ledger: Ledger, senders: Mapping[Channel, Sender], settings: Settings
) -> list[Worker]:
    """One worker a queue. A provider's rate holds for the whole queue, so it is the same in every process."""
    assert settings.outbox is not None
    decide, desk = Decide(ledger), Desk(ledger)
    guard = Guard(ledger, senders, settings.lender, settings.pages)
    legal = Legal(ledger, settings.outbox, settings.lender)
    journeys = Worker(
        client,
        task_queue=effects.JOURNEYS,
        workflows=[CollectionJourney],
        # The sandbox would cost each waiting journey 180 KiB; the replay tests run inside it instead.
        workflow_runner=UnsandboxedWorkflowRunner(),
        activities=[decide.decide, decide.accept, decide.hear, decide.reopen],
        max_cached_workflows=settings.cached_journeys,
        disable_eager_activity_execution=True,
        graceful_shutdown_timeout=effects.DECIDE_WITHIN,
    )
    rates = {
        effects.EMAIL: settings.emails_per_second,
        effects.TEXT: settings.texts_per_second,
        effects.VOICE: settings.calls_per_second,
        effects.POST: settings.letters_per_second,
    }
    providers = [
        Worker(
            client,
            task_queue=queue,
            activities=[guard.contact],
            interceptors=[Logged()],
            max_task_queue_activities_per_second=rate,
            graceful_shutdown_timeout=effects.DECIDE_WITHIN,
        )
        for queue, rate in rates.items()
    ]
    house = Worker(
        client,
        task_queue=effects.LEDGER,
        activities=[guard.contact, desk.keep, legal.prepare, legal.lodge],
        interceptors=[Logged()],
        graceful_shutdown_timeout=effects.DECIDE_WITHIN,
    )
    return [journeys, *providers, house]
