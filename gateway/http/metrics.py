"""What Prometheus scrapes: counts from the ledger, so they are the same whichever process is asked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Response, Security
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from activities.rows import Tally
from gateway.http.dependencies import TheJourneys
from gateway.http.keys import AUDIT, allowed
from gateway.http.problems import answers

metrics = APIRouter(
    tags=["probes"],
    dependencies=[Security(allowed, scopes=AUDIT)],
    responses=answers(401, 403),
)


@metrics.get("/metrics", response_class=Response)
async def scrape(journeys: TheJourneys) -> Response:
    """Contacts, contacts withheld, facts not taken, sends uncertain; references and names are not in it."""
    families = list(_families(await journeys.ledger.tally(), datetime.now(UTC)))
    return Response(generate_latest(_Once(families)), media_type=CONTENT_TYPE_LATEST)


class _Once:
    """A registry of what was counted just now."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self.families = families

    def collect(self) -> Sequence[Metric]:
        return self.families


def _families(tally: Tally, now: datetime) -> Iterator[Metric]:
    journeys = GaugeMetricFamily("journeys_loans", "Loans on record, by outcome", labels=["outcome"])
    _fill(journeys, tally.loans)
    yield journeys
    contacts = GaugeMetricFamily(
        "journeys_contacts", "Contacts by channel and what came of them", labels=["channel", "state"]
    )
    _fill(contacts, tally.contacts)
    yield contacts
    withheld = CounterMetricFamily("journeys_withheld", "Contacts not made, by rule", labels=["rule"])
    _fill(withheld, tally.withheld)
    yield withheld
    facts = CounterMetricFamily("journeys_facts", "Facts on record, by kind", labels=["kind"])
    _fill(facts, tally.facts)
    yield facts
    yield GaugeMetricFamily(
        "journeys_facts_untaken", "Facts on record that Temporal has not taken", value=tally.untaken
    )
    oldest = (now - tally.oldest_untaken).total_seconds() if tally.oldest_untaken else 0
    yield GaugeMetricFamily(
        "journeys_facts_untaken_oldest_seconds", "Age of the oldest of them", value=max(0, oldest)
    )
    yield GaugeMetricFamily(
        "journeys_sends_uncertain", "Contacts that may have arrived or not", value=tally.uncertain
    )
    yield GaugeMetricFamily(
        "journeys_receipts_unmatched", "Receipts that wait for a person", value=tally.unmatched
    )
    deliveries = GaugeMetricFamily("journeys_events", "Events to subscribers, by state", labels=["state"])
    _fill(deliveries, tally.deliveries)
    yield deliveries


def _fill(family: Any, counted: dict[tuple[str, ...], int]) -> None:
    for labels, number in sorted(counted.items()):
        family.add_metric(labels, number)
