"""Taxpayer identification numbers as the form takes them. No database is needed."""

from __future__ import annotations

import re

import stdnum.exceptions
import stdnum.util

SEPARATORS = re.compile(r"[\s.\-/\u00a0\u2009-\u2015\u2212]+")
LENGTHS = (9, 10, 12)
# a number of a country whose rules nobody wrote down
ANY_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Z]{5,20}")
# what is called otherwise in tax numbers
PREFIXES = {"EL": "GR", "XI": "GB"}


def read_tin(text: str) -> str:
    """Return the digits of a number of 9, 10 or 12 digits.

    :param text: the number as somebody typed it, with blanks, dots, dashes or slashes
    :return: the digits alone; empty for anything else
    """
    plain = SEPARATORS.sub("", text or "")
    if plain.isascii() and plain.isdecimal() and len(plain) in LENGTHS:
        return plain
    return ""


def read_vat(text: str, country: str = "") -> str:
    """Return a tax number that the rules of its country accept.

    The country is that before the number, else the given one. The rules are those of
    python-stdnum, as Odoo's *VAT Number Validation* uses them.

    :param text: the number as somebody typed it
    :param country: ISO code of the country of numbers that do not say theirs
    :return: the number without separators; empty when it is not valid
    """
    plain = SEPARATORS.sub("", text or "").upper()
    if not plain.isascii():
        return ""
    prefix = plain[:2]
    if prefix.isalpha() and _get_rules(prefix):
        return prefix + plain[2:] if _is_valid(prefix, plain[2:]) else ""
    rules = country and _get_rules(country)
    if not rules:
        return plain if ANY_NUMBER.fullmatch(plain) else ""
    return plain if _is_valid(country, plain) else ""


def get_prefix_country(number: str) -> str:
    """Return the country that a tax number names.

    :param number: as :func:`read_vat` returns it
    :return: ISO code, or nothing
    """
    prefix = number[:2]
    return PREFIXES.get(prefix, prefix) if prefix.isalpha() else ""


def _get_rules(code: str):
    try:
        return stdnum.util.get_cc_module(PREFIXES.get(code, code).lower(), "vat")
    except ImportError:
        return None


def _is_valid(code: str, number: str) -> bool:
    try:
        _get_rules(code).validate(number)
    except stdnum.exceptions.ValidationError:
        return False
    return True
