"""Take personal data out of a text before someone may see it."""

import re
import unicodedata
from collections.abc import Iterable

MASK = "•••"
EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\"]+")
LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# name, at sign: how people are called in networks
HANDLE = re.compile(r"(?<![\w@])@\w[\w.-]{2,}")
# seven digits or more with the signs people put between them, or a line break; any
# dash, space and dot is one of these after ``_fold_signs``
PHONE = re.compile(
    r"\+?\(?[0-9](?:(?: ?/ ?| ?- ?|[ ./(),_-]{0,3}|\n)[0-9]){6,}(?:[ ]?x[0-9]{1,6})?"
)
# a date, a price or a range of years is no telephone number
HARMLESS = re.compile(
    r"[0-9]{1,3}(?:[.,][0-9]{3})+(?:[.,][0-9]{1,2})?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}"
)
SHORTEST_DIGITS = 7
SHORTEST_NAME = 3
SHORTEST_PART = 2
DASHES = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
DOTS = "\u00b7\u2022\u2024\u2027\u30fb\uff0e"
# words of names that are words of sentences as well
PARTICLES = frozenset(
    [
        "am",
        "an",
        "da",
        "de",
        "del",
        "della",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "en",
        "et",
        "im",
        "in",
        "is",
        "la",
        "le",
        "les",
        "lo",
        "my",
        "of",
        "on",
        "or",
        "so",
        "te",
        "the",
        "to",
        "und",
        "up",
        "van",
        "von",
        "we",
        "zu",
    ]
)


def redact(text: str, known: Iterable[str] = (), mask: str = MASK) -> str:
    """Return ``text`` without addresses, numbers, links and the ``known`` words.

    Lines stay lines. Names are found with other accents, other dashes and spaces, in
    capitals, joined ("AnnaSmith"), by one of their parts, and by one part of a double
    first name ("Anna" of "Anna-Maria").

    :param text: plain text
    :param known: names and numbers to take out wherever they are
    :param mask: what is written instead
    :return: the text, with the mask in place of what was taken out
    """
    folded, places = _fold(text)
    spans = [
        match.span()
        for pattern in (EMAIL, LINK, HANDLE)
        for match in pattern.finditer(folded)
    ]
    spans += [match.span() for match in PHONE.finditer(folded) if _is_phone(match[0])]
    for pattern in _get_name_patterns(known):
        spans += [match.span() for match in pattern.finditer(folded)]
    parts = []
    end = 0
    for start, stop in _merge(spans):
        parts += [text[end : places[start]], mask]
        end = places[stop]
    return "".join([*parts, text[end:]])


def _fold(text: str) -> tuple[str, list[int]]:
    """Return ``text`` with one sign for each kind of sign, and where each came from.

    Accents and invisible signs are dropped, dashes, dots and spaces are the plain ones,
    digits those of ASCII, letters small.

    :param text: any text
    :return: the folded text; for each of its characters, and for its end, the place
        in ``text``
    """
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for plain in _fold_sign(sign):
            signs.append(plain)
            places.append(place)
    places.append(len(text))
    return "".join(signs), places


def _fold_sign(sign: str) -> str:
    """What one character is compared as; empty for those that do not show.

    :param sign: one character
    :return: text, mostly one character
    """
    if sign == "\n":
        return sign
    if sign in DASHES and sign != "\u00ad":
        return "-"
    if sign in DOTS:
        return "."
    category = unicodedata.category(sign)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category.startswith("Z") or sign in "\t\r\v\f":
        return " "
    if category == "Nd":
        return str(unicodedata.digit(sign))
    plain = unicodedata.normalize("NFKD", sign)
    return "".join(part for part in plain if not unicodedata.combining(part)).lower()


def _is_phone(found: str) -> bool:
    """Whether digits that were found are a phone number.

    :param found: digits and the signs between them
    :return: whether they are
    """
    digits = sum(sign.isdigit() for sign in found)
    if digits < SHORTEST_DIGITS:
        return False
    return not HARMLESS.fullmatch(found.strip(" .,-/()_"))


def _get_name_patterns(known: Iterable[str]) -> list[re.Pattern[str]]:
    """Patterns, for folded text, that find the names and their parts.

    :param known: names as they were written; empty ones are left out
    :return: compiled patterns, one or none
    """
    whole: set[str] = set()
    for value in known:
        name = _fold((value or "").strip())[0]
        name = " ".join(name.split())
        if len(name) < SHORTEST_NAME:
            continue
        parts = [part for part in re.split(r"[\s,;/]+", name) if part]
        whole.add(_join(parts))
        # joined and the other way round
        if len(parts) > 1:
            whole.add(_join(parts[::-1]))
        for part in parts:
            if len(part) >= SHORTEST_PART and part not in PARTICLES:
                whole.add(_join([part]))
            for half in re.split(r"[-.']", part):
                if len(half) >= SHORTEST_NAME and half not in PARTICLES:
                    whole.add(re.escape(half))
    if not whole:
        return []
    words = "|".join(sorted(whole, key=len, reverse=True))
    return [re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])")]


def _join(parts: list[str]) -> str:
    """A pattern for a name's parts, apart or joined by any signs.

    :param parts: parts of a name, folded
    :return: text of a pattern
    """
    pieces = [piece for part in parts for piece in re.split(r"[-\s.']", part) if piece]
    return r"[-\s._']{0,3}".join(map(re.escape, pieces))


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap or touch as one.

    :param spans: pairs of start and end
    :return: pairs of start and end
    """
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
