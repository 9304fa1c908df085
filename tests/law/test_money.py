"""What each place's file says of sums, reckoned by hand as if a lawyer had confirmed it."""

from pathlib import Path

import pytest

from journeys import simulate
from journeys.law.charges import Charge, MoneyLaw
from journeys.law.jurisdiction import FOLDER, HOUSE, Law, load, names
from journeys.money import Money
from tests.story import Story, pays, story

OFF = 'status = "unconfirmed", '


def loan() -> Story:
    """8,400 due on 2 March; 0.1 percent a day of lateness, and 50 once."""
    return story("cn-consumer").owing("8400").due("2 Mar 2026").on_terms(late_rate=3650, late_fee="50")


def confirmed(place: str, folder: Path) -> Law:
    """The place's law and the house's, with every rule about sums switched on by its word."""
    text = (FOLDER / f"{place}.toml").read_text(encoding="utf-8")
    before, found, sums = text.partition("\norder = [")
    if not found:
        before, found, sums = text.partition("\nlimitation = [")
    assert OFF in sums, f"{place}.toml: nothing about sums is switched off any more"
    path = folder / f"{place}.toml"
    path.write_text(before + found + sums.replace(OFF, ""), encoding="utf-8")
    return Law.of([load(path), load(FOLDER / f"{HOUSE}.toml")])


def test_no_rule_about_sums_that_nobody_confirmed_counts() -> None:
    for place in names():
        if place != HOUSE:
            assert MoneyLaw.of(load(FOLDER / f"{place}.toml").money) == MoneyLaw()


def test_in_china_a_payment_covers_costs_then_interest_then_principal(tmp_path: Path) -> None:
    law = confirmed("cn", tmp_path).money
    book = loan().when("12 Mar 09:00", pays("100")).account("12 Mar 12:00", law)
    # nine days at 8.40 are 75.60; of 100.00 the fee takes 50.00 and interest the rest
    assert (book.fees_left, book.interest_left, book.principal_left) == (0, 25_60, 8400_00)


def test_in_germany_a_payment_on_a_consumer_loan_covers_principal_before_interest(tmp_path: Path) -> None:
    law = confirmed("de", tmp_path).money
    tale = loan().when("12 Mar 09:00", pays("4250"))
    book = tale.account("12 Mar 12:00", law)
    assert (book.fees_left, book.interest_left, book.principal_left) == (0, 75_60, 4200_00)
    # ten days more on 4,200.00 at 4.20; with interest first, they would be on 4,275.60
    assert tale.account("22 Mar 12:00", law).interest == 75_60 + 42_00
    assert tale.account("22 Mar 12:00").interest == 75_60 + 42_75


@pytest.mark.parametrize(
    ("place", "still", "over"),
    [("cn", "2 Mar 2029", "3 Mar 2029"), ("gb-eaw", "2 Mar 2032", "3 Mar 2032")],
)
def test_a_debt_is_claimed_to_the_last_day_of_its_years(
    tmp_path: Path, place: str, still: str, over: str
) -> None:
    law = confirmed(place, tmp_path).money
    assert loan().next(f"{still} 23:59", law).rule != "ended"
    assert loan().next(f"{over} 00:00", law).rule == "ended"


# ── stories ──────────────────────────────────────────────────────────────────────────────────────


def test_a_debt_becomes_time_barred_in_mid_journey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    law = confirmed("cn", tmp_path)
    monkeypatch.setattr(simulate, "law_of", lambda _: law)
    diary = loan().taken_up("20 Feb 2029").diary()
    assert diary.contacts(), "it is still asked for at first"
    assert all(one.at < loan().at("3 Mar 2029 00:00") for one in diary.contacts())
    assert str(diary).splitlines()[-1] == (
        "Sat 03 Mar 2029 00:00  closed: time_barred             the time to claim it ended on 3 Mar 2029"
    )


def test_where_principal_comes_first_the_same_money_ends_a_journey_that_lets_charges_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tale = loan().on_terms(late_rate=3650, alone="let go").when("12 Mar 09:00", pays("8400"))
    assert tale.walk()[0].outcome == "legal", "interest first leaves some principal"
    law = confirmed("de", tmp_path)
    monkeypatch.setattr(simulate, "law_of", lambda _: law)
    assert tale.walk()[0].outcome == "cured"


def test_a_cap_that_bites_lowers_what_ends_a_journey(monkeypatch: pytest.MonkeyPatch) -> None:
    cap = Charge(rule="X", strength="law", confidence="A", cite="-", late_rate=2400, late_fee=0)
    law = Law.of([load(FOLDER / "cn.toml"), load(FOLDER / f"{HOUSE}.toml")])
    capped = Law(law.layers, law.rules, MoneyLaw.of([cap]), law.calendar)
    owed = loan().account("12 Mar 12:00", capped.money)
    # 24 percent of 8,400.00 are 2,016.00 a year, nine days of it 49.70; no fee
    assert (owed.fees, owed.interest) == (0, 49_70)
    tale = loan().when(
        "12 Mar 09:00", pays(str(Money(owed.left, "CNY")).removeprefix("CNY ").replace(",", ""))
    )
    assert tale.walk()[0].outcome == "legal", "by the contract, more is owed"
    monkeypatch.setattr(simulate, "law_of", lambda _: capped)
    assert tale.walk()[0].outcome == "cured"
