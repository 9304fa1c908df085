"""What a validation notice says, filled from the ledger's facts (12 CFR 1006.34(c))."""

from dataclasses import replace
from datetime import datetime

import pytest

from activities.ledger import Person
from activities.words import Lender, words
from journeys.actions import Contact
from journeys.borrower import Channel
from journeys.law.jurisdiction import law_of
from tests.story import Story, charged, disputes, payment_returns, pays, rescheduled, story, waived

LENDER = Lender("Example Bank", "+1 202 555 0100", "complaints@example.com", "1 Example Street, Springfield")


def loan() -> Story:
    """2,400 due on 2 March; 10 percent a year for lateness, and 30 once."""
    return story("us-personal-loan").owing("2400").due("2 Mar 2026").on_terms(late_rate=1000, late_fee="30")


def notice(tale: Story, moment: str, language: str = "en") -> str:
    at: datetime = tale.at(moment)
    case = tale.view(moment).case
    borrower = replace(case.borrower, language=language)
    action = Contact(
        rule="touch_due",
        why="day 1",
        not_before=at,
        contact="LN-1042.20260302.d1-letter",
        touch="d1-letter",
        due=case.loan.instalments[0].due,
        channel=Channel.LETTER,
        say="validation-notice",
    )
    person = Person(borrower, "Ada Ray", None, None, "1 Home Street")
    return words(LENDER, law_of(["us"]), person, case, action, at).body


def test_the_notice_says_how_the_sum_came_about_and_the_lines_add_up() -> None:
    tale = (
        loan()
        .when("5 Mar 09:00", charged("20"))
        .when("8 Mar 09:00", pays("500"))
        .when("9 Mar 09:00", waived("40"))
        .when("9 Mar 10:00", disputes("fees", part="100"))
    )
    # interest: 5 days on 2,400.00 (3.28); 500.00 pays 50.00 of fees and it, leaving 1,953.28, 1,913.28 once
    # waived; then a day on 1,953.28 and a day on 1,913.28: 4.34 in all
    assert """\
Owed on 2 March 2026: USD 2,400.00
Instalments fallen due since then: USD 0.00
Interest since then: USD 4.34
Fees since then: USD 50.00
Payments since then: USD -500.00
Credits since then, and sums not asked for now: USD -140.00
Owed on 10 March 2026: USD 1,814.34
""" in notice(tale, "10 Mar 12:00")


def test_the_notice_counts_what_else_has_fallen_due() -> None:
    tale = loan().on_terms().due("2 Apr 2026", "100")
    text = notice(tale, "3 Apr 12:00")
    assert "Instalments fallen due since then: USD 100.00\n" in text
    assert "Owed on 3 April 2026: USD 2,500.00\n" in text


def test_a_payment_returned_after_new_terms_is_owed_once() -> None:
    terms = rescheduled(("10 Mar", "600"), reason="restructured")
    tale = loan().on_terms().when("5 Mar 09:00", pays("400")).when("6 Mar 09:00", terms)
    text = notice(tale.when("9 Mar 09:00", payment_returns()), "11 Mar 12:00")
    assert "Owed on 10 March 2026: USD 1,000.00\n" in text
    assert "Credits since then, and sums not asked for now: USD 0.00\n" in text


def test_a_returned_payment_is_no_fee() -> None:
    tale = loan().on_terms().when("5 Mar 09:00", pays("500"))
    text = notice(tale.when("8 Mar 09:00", payment_returns(sum="200")), "10 Mar 12:00")
    assert "Fees since then: USD 0.00\nPayments since then: USD -300.00\n" in text


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ("to the end of 9 April 2026.", "Write to: Example Bank, 1 Example Street, Springfield;")),
        (
            "zh",
            (
                "计算至2026年4月9日（含当日）",
                "来函请寄：Example Bank，1 Example Street, Springfield（受理异议）",
            ),
        ),
    ],
)
def test_the_notice_says_until_when_and_where_to_dispute(language: str, sentences: tuple[str, ...]) -> None:
    # sent on Tue 3 March: five working days to Tue 10 March, and thirty days
    text = notice(loan(), "3 Mar 12:00", language)
    for sentence in sentences:
        assert sentence in text
