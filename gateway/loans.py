"""Loan files: CSV rows into loans and people; a bad row is named by its line, the good ones go on."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, Field

from activities.ledger import Person
from activities.phones import e164
from journeys import files
from journeys.borrower import Borrower, Channel
from journeys.calendar import local_day
from journeys.loan import ID, Instalment, Loan, Terms
from journeys.money import Money
from journeys.standing import counted

FIELDS = (
    *("loan", "borrower", "name", "email", "phone", "address", "birth_year", "language", "zones"),
    *("jurisdictions", "strategy", "currency", "amount", "due", "late_rate", "late_fee", "grace_days"),
    *("alone", "persona"),
)
MONTH = 30
DIALLED = re.compile(r"\+[0-9 ().-]+")
"""How a number is written; letters would be read as the keys they stand on."""
ONE_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


class Where(BaseModel):
    """Only rows whose column is at least so much."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    at_least: float


class ColumnMap(BaseModel):
    """Which column of a foreign file is which field, and what is the same for every row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    months_late: str = ""
    """Column with whole months past due, where the file has no due date."""
    receipts: tuple[str, ...] = ()
    """Columns with sums received, oldest first, a month apart: played back by the demo."""
    where: Where | None = None
    first: int | None = Field(default=None, ge=1)
    """Only so many of the rows that are kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """One good line of a loan file."""

    line: int
    loan: Loan
    person: Person
    strategy: str
    persona: str
    receipts: tuple[Money, ...]


def read_map(path: Path) -> ColumnMap:
    """Read a column map; raises `files.Mistakes`, also for a field that no loan has."""
    columns = files.read(path, ColumnMap)
    unknown = sorted({*columns.columns, *columns.constants} - set(FIELDS))
    if unknown:
        raise files.Mistakes(
            f"{path}: {', '.join(unknown)}: no such field; the fields are {', '.join(FIELDS)}"
        )
    return columns


def read_loans(path: Path, columns: ColumnMap, now: datetime) -> tuple[list[Row], list[str]]:
    """The good rows of a CSV file, and a sentence for each bad one.

    Raises `files.Mistakes` where there is no file, or the map names a column it does not have.
    """
    _check_header(path, columns)
    return loans_of(_lines(path), path.name, columns, now)


def loans_of(
    lines: Iterable[tuple[int, Mapping[str, str]]], source: str, columns: ColumnMap, now: datetime
) -> tuple[list[Row], list[str]]:
    """Rows with their line numbers in `source`, if it has a name, into loans.

    `due` is a date, or days from the borrower's today like +5 or -40. Several instalments have several dates
    with blanks between, and as many sums, or one that is each of them.
    """
    rows: list[Row] = []
    complaints: list[str] = []
    seen: dict[str, int] = {}
    for line, raw in lines:
        if columns.where and not _kept(raw, columns.where):
            continue
        if columns.first is not None and len(rows) >= columns.first:
            break
        try:
            row = _row(line, raw, columns, now)
            if (earlier := seen.setdefault(row.loan.id, line)) != line:
                raise ValueError(f"loan {row.loan.id} stands on line {earlier} already")
            rows.append(row)
        except ValueError as error:
            complaints.append(f"{source}:{line}: {error}" if source else str(error))
    return rows, complaints


def _check_header(path: Path, columns: ColumnMap) -> None:
    """A misspelt column would otherwise keep every row, or be empty in each."""
    named = {*columns.columns.values(), *columns.receipts, *filter(None, [columns.months_late])}
    named |= {columns.where.column} if columns.where else set()
    first = next(_lines(path), None)
    if first is None:
        raise files.Mistakes(f"{path}: holds no loan: a line with the columns' names, then one line a loan")
    if unknown := sorted(named - set(first[1])):
        raise files.Mistakes(f"{path}: has no column {', '.join(unknown)}: correct the column map")


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open("rb") as file:
            yield from csv_lines(file, str(path))
    except OSError as error:
        raise files.Mistakes(f"{path}: cannot be read: {error.strerror}") from None


def csv_lines(file: IO[bytes], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers, read as they are wanted; raises `files.Mistakes`."""
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        reader = csv.DictReader(text)
        for raw in reader:
            yield reader.line_num, {k: v or "" for k, v in raw.items() if isinstance(k, str)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise files.Mistakes(f"{name}: is not a CSV file in UTF-8: save it as such ({error})") from None
    finally:
        text.detach()


def _kept(raw: Mapping[str, str], where: Where) -> bool:
    try:
        return float(raw.get(where.column, "")) >= where.at_least
    except ValueError:
        return True  # kept, so that its mistake is named


def _row(line: int, raw: Mapping[str, str], columns: ColumnMap, now: datetime) -> Row:
    def field(name: str, otherwise: str | None = None) -> str:
        if name in columns.constants:
            return columns.constants[name]
        column = columns.columns.get(name, name)
        value = raw.get(column, "").strip()
        if not value and otherwise is None:
            raise ValueError(f"{name} is missing (column {column!r})")
        return value or otherwise or ""

    def reaching(name: str, read: Callable[[str], str | None], like: str) -> str:
        """How to reach them, or nothing: what is wrong there may reach somebody else, about their debt."""
        text = field(name, "")
        if (found := read(text) if text else "") is None:
            column = columns.columns.get(name, name)
            raise ValueError(
                f"{name} (column {column!r}) is not one that can be reached: write it like {like}"
            )
        return found

    loan, currency = field("loan"), field("currency")
    email = reaching("email", email_of, "li@example.com")
    phone = reaching("phone", phone_of, "+8613800000000, with its country")
    if not ID.fullmatch(who := field("borrower", f"B-{loan}")):
        raise ValueError(f"borrower {who!r}: a reference is letters, digits, and - _ . : between them")
    borrower = Borrower(
        id=who,
        language=field("language"),
        zones=tuple(field("zones").split()),
        channels=channels(email, phone, field("address", "")),
        jurisdictions=tuple(field("jurisdictions").split()),
    )
    today = local_day(now, borrower.zones[0])
    dues = [_months_ago(raw, columns.months_late, today)] if columns.months_late else []
    dues = dues or [_due(text, today) for text in field("due").split()]
    if borrower.language not in ("en", "zh"):
        raise ValueError(f"language {borrower.language!r} is not spoken here: en or zh")
    person = Person(
        borrower=borrower,
        name=field("name", f"Account holder {loan}"),
        email=email or None,
        phone=phone or None,
        address=field("address", "").replace("|", "\n") or None,
        birth_year=_birth_year(field("birth_year", ""), today),
    )
    terms = Terms(
        late_rate=_whole(field("late_rate", "0"), "late_rate"),
        late_fee=Money.of(field("late_fee", "0"), currency).minor,
        grace_days=_whole(field("grace_days", "0"), "grace_days"),
        alone=_alone(field("alone", "collect")),
    )
    return Row(
        line=line,
        loan=Loan(loan, _instalments(dues, field("amount").split(), currency), terms),
        person=person,
        strategy=field("strategy"),
        persona=field("persona", "silent"),
        receipts=tuple(Money.of(raw.get(column) or "0", currency) for column in columns.receipts),
    )


def _instalments(dues: list[date], sums: list[str], currency: str) -> tuple[Instalment, ...]:
    each = sums * len(dues) if len(sums) == 1 else sums
    if len(each) != len(dues):
        dates, given = counted(len(dues), "due date"), counted(len(sums), "sum")
        raise ValueError(f"{dates} and {given}: give one sum, or one for each date")
    return tuple(Instalment(due, Money.of(sum_, currency)) for due, sum_ in zip(dues, each, strict=True))


def _alone(text: str) -> Literal["collect", "let go"]:
    match text:
        case "collect" | "let go":
            return text
    raise ValueError(f"alone {text!r}: write collect or let go")


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{name} {text!r} is not a whole number")
    return int(text)


def _birth_year(text: str, today: date) -> int | None:
    if text and not (text.isascii() and text.isdigit() and 1900 <= int(text) <= today.year):
        raise ValueError(f"birth_year {text!r}: write a year like 1984")
    return int(text) if text else None


def _due(text: str, today: date) -> date:
    try:
        if text[0] in "+-":
            return today + timedelta(days=int(text))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(f"due date {text!r}: write 2026-03-02, or days from today like +5") from None


def _months_ago(raw: Mapping[str, str], column: str, today: date) -> date:
    try:
        return today - timedelta(days=MONTH * int(float(raw.get(column, ""))))
    except (ValueError, OverflowError):
        raise ValueError(f"{column} {raw.get(column, '')!r} is not a number of months") from None


def email_of(text: str) -> str | None:
    """One address; None if it cannot be one."""
    return text if ONE_ADDRESS.fullmatch(text) else None


def phone_of(text: str) -> str | None:
    """As the providers dial it: +8613800000000; None if no number of that country is so long."""
    return e164(text) if DIALLED.fullmatch(text) else None


def channels(email: str, phone: str, address: str) -> tuple[Channel, ...]:
    """How somebody can be reached who has these; raises ValueError where they have none."""
    found: list[Channel] = []
    if email:
        found.append(Channel.EMAIL)
    if phone:
        found += [Channel.SMS, Channel.CALL, Channel.AGENT]
    if address:
        found += [Channel.LETTER, Channel.REGISTERED, Channel.VISIT]
    if not found:
        raise ValueError("no e-mail, phone or address: this borrower cannot be reached")
    return tuple(found)
