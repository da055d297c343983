"""Read amounts the way people type them. No database is needed here."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

MAX_TEXT_LENGTH = 40
DEFAULT_MAXIMUM = Decimal("999999999999")
ARABIC_DECIMAL, ARABIC_THOUSANDS = "\u066b", "\u066c"
# spaces and apostrophes that separate thousands in some language or other
SPACES = " \u00a0\u202f\u2009'\u2019"


class AmountProblem(Enum):
    """Why a text is not an acceptable amount."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    AMBIGUOUS = "ambiguous"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    TOO_PRECISE = "too_precise"


class AmountError(ValueError):
    """The text is no amount; ``problem`` says why, ``readings`` what it may mean."""

    def __init__(
        self, problem: AmountProblem, readings: tuple[Decimal, ...] = ()
    ) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.readings = readings


@dataclass(frozen=True)
class NumberFormat:
    """How a language writes numbers."""

    decimal_point: str = "."
    thousands_sep: str = ","
    # how many digits form a group, the last group first; the last size repeats
    group_sizes: tuple[int, ...] = (3,)


ENGLISH = NumberFormat()


def parse_amount(
    text: str,
    number_format: NumberFormat = ENGLISH,
    symbols: tuple[str, ...] = (),
    maximum: Decimal = DEFAULT_MAXIMUM,
    decimals: int = 2,
) -> Decimal:
    """The amount that ``text`` means in ``number_format``.

    :param text: what was typed, with or without one of the currency ``symbols``
    :param number_format: the separators of the user's language
    :param symbols: currency names and signs that may come before or after
    :param maximum: larger amounts are refused
    :param decimals: the most digits after the decimal point
    :return: the amount, never negative
    :raises AmountError: when the text is empty, no number, negative, too large,
        or may mean two different amounts
    """
    digits = _clean(text, symbols)
    if not digits:
        raise AmountError(AmountProblem.EMPTY)
    negative = digits[0] in "-\u2212"
    if digits[0] in "+-\u2212":
        digits = digits[1:]
    for sign, meant in (
        (ARABIC_DECIMAL, number_format.decimal_point),
        (ARABIC_THOUSANDS, number_format.thousands_sep),
    ):
        digits = digits.replace(sign, meant)
    if not re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", digits):
        raise AmountError(AmountProblem.NOT_A_NUMBER)
    value = _read_digits(digits, number_format)
    if negative and value:
        raise AmountError(AmountProblem.NEGATIVE)
    if value > maximum:
        raise AmountError(AmountProblem.TOO_LARGE)
    if value != round(value, decimals):
        raise AmountError(AmountProblem.TOO_PRECISE)
    return value


def _clean(text: str, symbols: tuple[str, ...]) -> str:
    """Strip currency signs; turn any script's digits into 0-9.

    :param text: what was typed
    :param symbols: currency names and signs
    :return: the text without them, with digits 0-9
    :raises AmountError: when the text is too long to be a number
    """
    cleaned = text.strip(SPACES + "\t\r\n")
    if len(cleaned) > MAX_TEXT_LENGTH:
        raise AmountError(AmountProblem.NOT_A_NUMBER)
    for symbol in sorted(filter(None, symbols), key=len, reverse=True):
        if cleaned.lower().startswith(symbol.lower()):
            cleaned = cleaned[len(symbol) :]
            break
        if cleaned.lower().endswith(symbol.lower()):
            cleaned = cleaned[: -len(symbol)]
            break
    cleaned = cleaned.strip(SPACES)
    # a space may only be between two digits: "1 000", never "1 .5"
    cleaned = re.sub(rf"(?<=\d)[{SPACES}](?=\d{{3}}(?!\d))", "", cleaned)
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in cleaned
    )


def _read_digits(digits: str, number_format: NumberFormat) -> Decimal:
    """The value of digits, dots and commas.

    :param digits: a number without sign and symbols
    :param number_format: the separators of the user's language
    :return: the value
    :raises AmountError: when two values are possible
    """
    seen = {char for char in digits if char in ".,"}
    if not seen:
        return Decimal(digits)
    if len(seen) == 2:
        # both signs are there: the last one is the decimal point in any language
        decimal_point = max(seen, key=digits.rfind)
        return _split(
            digits, decimal_point, (seen - {decimal_point}).pop(), number_format
        )
    sign = seen.pop()
    if digits.count(sign) > 1:
        return _split(digits, None, sign, number_format)
    grouped = re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(sign)}\d{{3}}", digits)
    if sign == number_format.thousands_sep:
        # "12,500" is grouped; "12,50" can only be meant as a decimal
        return _split(digits, None, sign) if grouped else _split(digits, sign, None)
    if sign == number_format.decimal_point and grouped:
        # "12.500" where the point is the decimal sign: 12.5 or 12500?
        raise AmountError(
            AmountProblem.AMBIGUOUS,
            (_split(digits, None, sign), _split(digits, sign, None)),
        )
    if grouped:
        return _split(digits, None, sign)
    return _split(digits, sign, None)


def _split(
    digits: str,
    decimal_point: str | None,
    thousands_sep: str | None,
    number_format: NumberFormat = ENGLISH,
) -> Decimal:
    """The value for these separators; misplaced ones are refused.

    :param digits: a number without sign and symbols
    :param decimal_point: the sign before the decimals, None for whole numbers
    :param thousands_sep: the sign between groups of digits, None without groups
    :param number_format: how many digits the groups have
    :return: the value
    :raises AmountError: when a separator is misplaced
    """
    whole, point, fraction = digits, "", ""
    if decimal_point:
        whole, point, fraction = digits.rpartition(decimal_point)
    if thousands_sep and thousands_sep in whole:
        groups = whole.split(thousands_sep)
        if not any(
            _are_grouped(groups, sizes) for sizes in ((3,), number_format.group_sizes)
        ):
            raise AmountError(AmountProblem.NOT_A_NUMBER)
        whole = "".join(groups)
    if not (whole or "0").isdigit() or (point and not fraction.isdigit()):
        raise AmountError(AmountProblem.NOT_A_NUMBER)
    return Decimal(f"{whole or 0}.{fraction or 0}")


def _are_grouped(groups: list[str], sizes: tuple[int, ...]) -> bool:
    """Whether the digits are grouped as expected.

    :param groups: the digits between the separators
    :param sizes: digits of a group, from the last one on; the last size repeats
    :return: whether they are
    """
    first, *others = groups
    wanted = [sizes[min(index, len(sizes) - 1)] for index in range(len(groups))]
    return (
        1 <= len(first) <= wanted[-1]
        and [len(other) for other in reversed(others)] == wanted[:-1]
    )
