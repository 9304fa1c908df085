"""The make-up of what is owed, as people read it."""

import pytest
from inline_snapshot import snapshot

from journeys.statement import PART_WORDS, WORDS, statement
from tests.story import (
    Story,
    answered,
    charged,
    disputes,
    payment_returns,
    pays,
    plan_agreed,
    rescheduled,
    settlement_offered,
    story,
    waived,
)


def loan() -> Story:
    tale = story("cn-consumer").owing("5000").due("2 Mar 2026").due("2 Apr")
    return tale.on_terms(late_rate=3650, late_fee="50")


def read(tale: Story, day: str, language: str = "en") -> str:
    lines = statement(tale.account(f"{day} 12:00"), "CNY", language)
    return "".join(f"{one.day:%d %b}  {one.words}  {one.sum}  {one.balance}\n" for one in lines)


MANY_THINGS = (
    loan()
    .when("13 Mar 12:00", pays("1100"))
    .when("20 Mar 12:00", payment_returns())
    .when("21 Mar 12:00", charged("20", reason="returned_debit"))
    .when("22 Mar 12:00", waived("50", part="fees"))
    .when("25 Mar 12:00", pays("2000"))
)


def test_every_sum_is_a_line_with_what_was_owed_after_it() -> None:
    assert read(MANY_THINGS, "26 Mar") == snapshot("""\
02 Mar  Due  CNY 5,000.00  CNY 5,000.00
03 Mar  Late fee  CNY 50.00  CNY 5,050.00
13 Mar  Interest for lateness  CNY 50.00  CNY 5,100.00
13 Mar  Payment  CNY -1,100.00  CNY 4,000.00
20 Mar  Interest for lateness  CNY 35.00  CNY 4,035.00
20 Mar  Payment taken back (returned)  CNY 1,100.00  CNY 5,135.00
21 Mar  Interest for lateness  CNY 5.00  CNY 5,140.00
21 Mar  Fee (returned debit)  CNY 20.00  CNY 5,160.00
22 Mar  Interest for lateness  CNY 5.00  CNY 5,165.00
22 Mar  Waived (goodwill): fees CNY 50.00  CNY -50.00  CNY 5,115.00
25 Mar  Interest for lateness  CNY 15.00  CNY 5,130.00
25 Mar  Payment: fees CNY 20.00, interest CNY 110.00, principal CNY 1,870.00  CNY -2,000.00  CNY 3,130.00
26 Mar  Interest for lateness  CNY 3.13  CNY 3,133.13
02 Apr  Due  CNY 5,000.00  CNY 8,133.13
""")


def test_what_is_owed_is_made_up_where_nothing_was_ever_told() -> None:
    free = story("cn-consumer").owing("5000").due("2 Mar 2026").due("2 Apr")
    assert read(free, "4 Mar") == snapshot("""\
02 Mar  Due  CNY 5,000.00  CNY 5,000.00
02 Apr  Due  CNY 5,000.00  CNY 10,000.00
""")


def test_the_same_in_chinese() -> None:
    assert read(MANY_THINGS, "26 Mar", "zh") == snapshot("""\
02 Mar  应还款项  CNY 5,000.00  CNY 5,000.00
03 Mar  违约金  CNY 50.00  CNY 5,050.00
13 Mar  罚息  CNY 50.00  CNY 5,100.00
13 Mar  收到还款  CNY -1,100.00  CNY 4,000.00
20 Mar  罚息  CNY 35.00  CNY 4,035.00
20 Mar  还款退回 (returned)  CNY 1,100.00  CNY 5,135.00
21 Mar  罚息  CNY 5.00  CNY 5,140.00
21 Mar  费用 (returned debit)  CNY 20.00  CNY 5,160.00
22 Mar  罚息  CNY 5.00  CNY 5,165.00
22 Mar  减免 (goodwill): 费用 CNY 50.00  CNY -50.00  CNY 5,115.00
25 Mar  罚息  CNY 15.00  CNY 5,130.00
25 Mar  收到还款: 费用 CNY 20.00, 罚息 CNY 110.00, 本金 CNY 1,870.00  CNY -2,000.00  CNY 3,130.00
26 Mar  罚息  CNY 3.13  CNY 3,133.13
02 Apr  应还款项  CNY 5,000.00  CNY 8,133.13
""")


def test_a_payment_taken_back_and_its_reversal_are_two_lines() -> None:
    tale = loan().when("2 Mar 12:00", pays("5000")).when("4 Mar 12:00", payment_returns(sum="400"))
    assert read(tale, "5 Mar") == snapshot("""\
02 Mar  Due  CNY 5,000.00  CNY 5,000.00
02 Mar  Payment  CNY -5,000.00  CNY 0.00
03 Mar  Late fee  CNY 50.00  CNY 50.00
04 Mar  Interest for lateness  CNY 0.40  CNY 50.40
04 Mar  Payment taken back (returned)  CNY 400.00  CNY 450.40
05 Mar  Interest for lateness  CNY 0.40  CNY 450.80
02 Apr  Due  CNY 5,000.00  CNY 5,450.80
""")


def test_what_is_let_go_is_named_by_its_reason() -> None:
    tale = loan().when("5 Mar 12:00", disputes(part="1000")).when("9 Mar 12:00", answered("upheld"))
    tale = tale.when("10 Mar 12:00", settlement_offered("6000", "20 Mar")).when("12 Mar 12:00", pays("6000"))
    assert read(tale, "13 Mar") == snapshot("""\
02 Mar  Due  CNY 5,000.00  CNY 5,000.00
03 Mar  Late fee  CNY 50.00  CNY 5,050.00
05 Mar  Interest for lateness  CNY 10.00  CNY 5,060.00
05 Mar  Let go: dispute upheld  CNY -1,000.00  CNY 4,060.00
12 Mar  Interest for lateness  CNY 28.00  CNY 4,088.00
12 Mar  Payment: fees CNY 50.00, interest CNY 38.00, principal CNY 5,912.00  CNY -6,000.00  CNY -1,912.00
12 Mar  Let go by settlement  CNY -3,088.00  CNY -5,000.00
02 Apr  Due  CNY 5,000.00  CNY 0.00
""")


def test_a_plan_kept_lets_charges_go() -> None:
    plan = plan_agreed(("20 Mar", "5130"), lets_go=("fees", "interest"))
    tale = loan().when("10 Mar 12:00", plan).when("15 Mar 12:00", pays("5130"))
    assert read(tale, "16 Mar") == snapshot("""\
02 Mar  Due  CNY 5,000.00  CNY 5,000.00
03 Mar  Late fee  CNY 50.00  CNY 5,050.00
15 Mar  Interest for lateness  CNY 60.00  CNY 5,110.00
15 Mar  Payment: fees CNY 50.00, interest CNY 60.00, principal CNY 5,020.00  CNY -5,130.00  CNY -20.00
02 Apr  Due  CNY 5,000.00  CNY 4,980.00
""")


def test_a_payment_taken_back_after_new_terms_is_a_line_of_its_own() -> None:
    tale = loan().when("5 Mar 12:00", pays("1000"))
    tale = tale.when("6 Mar 12:00", rescheduled(("6 Apr", "9000"), reason="restructured"))
    assert read(tale.when("9 Mar 12:00", payment_returns()), "10 Mar") == snapshot("""\
09 Mar  Payment taken back (returned)  CNY 1,000.00  CNY 1,000.00
06 Apr  Due  CNY 9,000.00  CNY 10,000.00
""")


def test_who_is_in_credit_reads_a_balance_below_nothing() -> None:
    assert read(loan().when("1 Mar 12:00", pays("10030")), "2 Apr").endswith("CNY -30.00\n")


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_every_word(language: str) -> None:
    assert WORDS[language].keys() == WORDS["en"].keys()
    assert PART_WORDS[language].keys() == PART_WORDS["en"].keys()
