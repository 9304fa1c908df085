"""Many lives through plan and guard, judged by a second checker that shares no code with the first."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from journeys.law.jurisdiction import Law, law_of
from tests.law.lives import PLACES, life
from tests.law.second_checker import violations

MILLION = 1_000_000
BATCH = 500
RARE = frozenset({"legal", "purge_record", "purge_recording"})
"""Media that are no contact."""
Result = tuple[int, list[str], Counter[str]]


def walked(seeds: Iterable[int]) -> Result:
    """How many contacts these lives held, what the second checker says of them, and which rules refused."""
    contacts, found, refused = 0, list[str](), Counter[str]()
    for seed in seeds:
        one = life(seed, refused)
        contacts += len(one.contacts)
        found += [f"life {seed} in {one.places[0]}: {sentence}" for sentence in violations(one)]
    return contacts, found, refused


def rules_of_contacts() -> set[str]:
    return {rule.rule for place in PLACES for rule, _ in law_of([place]).rules if rule.media - RARE}


def test_twenty_thousand_contacts_are_all_lawful_to_the_second_checker() -> None:
    contacts, found, refused = walked(range(460))
    assert contacts >= 20_000
    assert not found, "\n".join(found[:20])
    silent = rules_of_contacts() - set(refused)
    assert len(silent) < 0.3 * len(rules_of_contacts()), f"never met: {sorted(silent)}"


@pytest.mark.soak
def test_a_million_contacts_are_all_lawful_to_the_second_checker(
    capsys: pytest.CaptureFixture[str],
) -> None:
    began, contacts, found, refused = time.perf_counter(), 0, list[str](), Counter[str]()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        batches = (range(first, first + BATCH) for first in range(0, 50 * MILLION, BATCH))
        for more, wrong, spoke in pool.imap(walked, batches):
            contacts, found, refused = contacts + more, found + wrong, refused + spoke
            if contacts >= MILLION:
                break
        pool.terminate()
    silent = sorted(rules_of_contacts() - set(refused))
    with capsys.disabled():
        seconds = time.perf_counter() - began
        print(f"\n{contacts:,} contacts in {seconds:.0f} s, {len(found)} violations; ", end="")
        print(f"{refused.total():,} refusals by {len(refused)} rules, never met: {', '.join(silent)}")
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize("place", PLACES)
def test_the_second_checker_notices_a_collector_who_keeps_no_law(place: str) -> None:
    seeds = range(PLACES.index(place), 12 * len(PLACES), len(PLACES))
    assert any(True for seed in seeds for _ in violations(life(seed, Counter(), guarded=False)))


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        *[("us", one) for one in ("US.REGF.TIME", "US.REGF.CALL7", "US.REGF.CONV7", "US.REGF.CEASE")],
        *[("us", one) for one in ("US.REGF.MEDIA", "US.REGF.INCONV", "US.REGF.OPTOUT", "US.REGF.DISPUTE")],
        *[
            ("us-ma", "US-MA.FREQ"),
            ("us-wa", "US-WA.FREQ"),
            ("us-dc", "US-DC.CALL4"),
            ("us-dc", "US-DC.MSG5"),
        ],
        *[("us-nyc", "US-NYC.FREQ"), ("us-nyc", "US-NYC.CONSENT")],
        *[("cn", "CN.TIME"), ("cn", "CN.FREQ3"), ("cn", "CN.AGREEMENT"), ("cn", "CN.THIRD")],
        *[("gb-eaw", "GB.DISPUTE"), ("gb-eaw", "GB.BREATHING"), ("in", "IN.TIME"), ("au", "AU.TIME")],
        *[("au", "AU.FREQ"), ("ca-on", "CA-ON.NOTICE"), ("ca-on", "CA-ON.TIME"), ("ca-on", "CA-ON.FREQ")],
        *[("ca-qc", "CA-QC.TIME"), ("br-rj", "BR.TIME"), ("mx", "MX.TIME"), ("ph", "PH.TIME")],
        *[("kr", "KR.TIME"), ("kr", "KR.FREQ"), ("ru", "RU.TIME"), ("ru", "RU.FREQ.WEEK")],
        *[("ru", "RU.FREQ.MESSAGES"), ("vn", "VN.TIME"), ("vn", "VN.FREQ"), ("id", "ID.TIME")],
    ],
)
def test_the_second_checker_notices_a_law_that_lacks_a_rule(place: str, rule: str) -> None:
    whole = law_of([place], house=False)
    less = Law(whole.layers, tuple(pair for pair in whole.rules if pair[0].rule != rule))
    assert len(less.rules) < len(whole.rules), f"{place} has no rule {rule}"
    assert noticed(place, less), f"without {rule} nothing was found"


@pytest.mark.parametrize("rule", ["HOUSE.HOURS", "HOUSE.DAY", "HOUSE.WEEK", "HOUSE.CEASE", "HOUSE.THIRD"])
def test_the_second_checker_notices_a_house_that_lacks_a_rule(rule: str) -> None:
    whole = law_of(["de"])
    assert noticed("de", Law(whole.layers, tuple(pair for pair in whole.rules if pair[0].rule != rule)))


def noticed(place: str, law: Law) -> bool:
    seeds = range(PLACES.index(place), 150 * len(PLACES), len(PLACES))
    return any(True for seed in seeds for _ in violations(life(seed, Counter(), law=law)))
