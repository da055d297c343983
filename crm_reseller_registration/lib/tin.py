"""Taxpayer identification numbers as the form takes them. No database is needed."""

from __future__ import annotations

import re

SEPARATORS = re.compile(r"[\s.\-/\u00a0\u2009-\u2015\u2212]+")
LENGTHS = (9, 10, 12)


def read_tin(text: str) -> str:
    """Return the digits of a number of 9, 10 or 12 digits.

    :param text: the number as somebody typed it, with blanks, dots, dashes or slashes
    :return: the digits alone; empty for anything else
    """
    plain = SEPARATORS.sub("", text or "")
    if plain.isascii() and plain.isdecimal() and len(plain) in LENGTHS:
        return plain
    return ""
