"""The memory: every fact, decision, contact made and contact not made, in SQLite or PostgreSQL."""

from activities.ledger.arrivals import Arrivals
from activities.ledger.contacts import Claim, Judge, UnderWay
from activities.ledger.events import Events
from activities.ledger.intakes import Intakes
from activities.ledger.keys import Keys
from activities.ledger.links import Links
from activities.ledger.loans import Person, Registration
from activities.ledger.receipts import KeyTaken, Receipts
from activities.ledger.reports import Reports
from activities.ledger.store import LedgerUnavailable
from activities.ledger.tally import Counts

__all__ = [
    "Claim",
    "Judge",
    "KeyTaken",
    "Ledger",
    "LedgerUnavailable",
    "Person",
    "Registration",
    "UnderWay",
]


class Ledger(Receipts, Reports, Events, Links, Keys, Arrivals, Intakes, Counts):
    """One database, many processes; `Ledger.open` opens it, its tables brought up to date."""
