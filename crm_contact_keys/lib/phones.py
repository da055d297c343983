"""Telephone numbers in the one form that distinguishes customers: E.164."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from .texts import REMEMBERED

NOISE = re.compile(r"[\s().\-/\u00a0\u2009-\u2015\u2212\u00b7]+")
SEVERAL = re.compile(r"\s*(?:[,;]|\bor\b|\boder\b|\bou\b)\s*", re.I)
# 4915229350768.0 and 4.915229350768E+12, as spreadsheets and programs write numbers
WHOLE = re.compile(r"\s*(\d{8,})\.0\s*")
POWER = re.compile(r"\s*(\d)[.,]?(\d*)E\+?(\d+)\s*", re.I)
SHORTEST = 6  # digits; shorter ones are extensions


@lru_cache(REMEMBERED)
def read_number(text: str, region: str = "") -> str:
    """Read one number in every way people write it; a valid reading wins.

    Spreadsheets drop the plus sign: ``4915229350768`` of a German customer is
    ``+4915229350768``, and not a German number that happens to begin with 49.

    :param text: the number as it was typed
    :param region: ISO code of the customer's country, such as ``DE``
    :return: the number in E.164; empty where no reading is valid
    """
    plain = NOISE.sub("", _read_digits(text or ""))
    digits = re.sub(r"\D", "", plain)
    if len(digits) < SHORTEST:
        return ""
    region = (region or "").upper()
    readings = []
    if plain.startswith("+"):
        readings.append((f"+{digits}", None))
    elif digits.startswith("00"):
        readings.append((f"+{digits[2:]}", None))
    else:
        calling = str(phonenumbers.country_code_for_region(region)) if region else ""
        if calling not in ("", "0") and digits.startswith(calling):
            readings.append((f"+{digits}", None))
        if region:
            readings.append((digits, region))
        if not digits.startswith("0"):
            readings.append((f"+{digits}", None))
    for number, country in readings:
        try:
            parsed = phonenumbers.parse(number, country)
        except phonenumbers.NumberParseException:
            continue  # this reading makes no sense: the next may
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(
                parsed, phonenumbers.PhoneNumberFormat.E164
            )
    return ""


def _read_digits(text: str) -> str:
    """Undo what a spreadsheet makes of a number that it takes for an amount.

    :param text: the number as it was typed
    :return: its digits; empty where some were lost, for then many numbers look alike
    """
    if match := WHOLE.fullmatch(text):
        return match[1]
    if match := POWER.fullmatch(text):
        digits = match[1] + match[2]
        return digits if len(digits) == int(match[3]) + 1 else ""
    return text


def read_numbers(text: str, region: str = "") -> list[str]:
    """All numbers of a text that may hold several.

    :param text: one number, or several with commas, semicolons or "or" between them
    :param region: ISO code of the customer's country, such as ``DE``
    :return: the numbers in E.164, each once
    """
    parts = SEVERAL.split(text or "")
    numbers = (read_number(part, region) for part in parts)
    return list(dict.fromkeys(filter(None, numbers)))
