"""A mistake in what people write is a sentence of ours: where it is, what it is, what to write."""

from datetime import date, datetime
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from journeys.borrower import Channel
from journeys.files import said
from journeys.money import Money


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid")

    whole: int = 0
    few: int = Field(default=1, ge=1, le=9)
    share: float = Field(default=0.5, gt=0, lt=1)
    yes: bool = True
    words: str = ""
    by: Channel = Channel.SMS
    part: Literal["fees", "interest"] = "fees"
    day: date = date(2026, 3, 2)
    at: datetime = datetime(2026, 3, 2)
    sum: Money | None = None
    days: tuple[date, ...] = ()
    names: frozenset[str] = frozenset()
    inner: dict[str, int] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("whole", "two", "whole: 'two' will not do: write a whole number"),
        ("few", 0, "few: 0 will not do: write at least 1"),
        ("few", 10, "few: 10 will not do: write at most 9"),
        ("share", 0, "share: 0 will not do: write more than 0.0"),
        ("share", 1, "share: 1 will not do: write less than 1.0"),
        ("share", "half", "share: 'half' will not do: write a number"),
        ("yes", "maybe", "yes: 'maybe' will not do: write true or false"),
        ("words", 5, "words: 5 will not do: write words in quotes"),
        (
            "by",
            "fax",
            "by: 'fax' is not known here; known are email, sms, call, agent, letter, registered, visit",
        ),
        ("part", "rest", "part: 'rest' is not known here; known are fees, interest"),
        ("day", "soon", "day: 'soon' will not do: write a day, like 2026-03-02"),
        ("at", "soon", "at: 'soon' will not do: write a time, like 2026-03-12T09:30:00+08:00"),
        (
            "sum",
            5,
            'sum: 5 will not do: write a sum in minor units, like {"minor": 50000, "currency": "CNY"}',
        ),
        (
            "sum",
            {"minor": 5, "currency": "euro"},
            "sum: 'euro' is not a currency: use its three letters, like CNY",
        ),
        ("sum", {"minor": 5}, "sum currency: this key is missing"),
        ("days", "2026-03-02", "days: '2026-03-02' will not do: write a list, in brackets"),
        ("days", ["soon"], "days 1: 'soon' will not do: write a day, like 2026-03-02"),
        ("names", 5, "names: 5 will not do: write a list, in brackets"),
        ("inner", 5, "inner: 5 will not do: write keys with their values, in braces"),
        ("wrods", "", "wrods: this key is not known; is it misspelt?"),
    ],
)
def test_every_mistake_is_said_in_our_own_words(name: str, value: object, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate({name: value})
    assert said(caught.value) == sentence
