"""Telephone numbers, however people write them, as providers say them."""

from collections.abc import Iterable

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse


def e164(phone: str, places: Iterable[str] = ()) -> str | None:
    """The number with its country, like +8613800138000; one without is of the first of the places.

    None where it is no telephone number.
    """
    country = next((place.partition("-")[0].upper() for place in places), None)
    try:
        number = parse(phone, country)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else None
