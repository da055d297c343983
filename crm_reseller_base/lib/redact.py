"""Take personal data out of a text before somebody may see it."""

import re
from collections.abc import Iterable

MASK = "•••"
EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\"]+")
# seven digits or more, with the signs people put between them
PHONE = re.compile(r"(?<![\w])\+?\(?\d(?:[ \u00a0./()-]{0,3}\d){6,}(?!\w)")
LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
SHORTEST_NAME = 3


def redact(text: str, known: Iterable[str] = (), mask: str = MASK) -> str:
    """Return `text` without addresses, numbers, links and the `known` words.

    :param text: plain text
    :param known: names and numbers to take out wherever they stand; a name is
        taken out as a whole and word by word
    :param mask: what is written instead
    """
    words = set()
    for value in known:
        value = (value or "").strip()
        if len(value) >= SHORTEST_NAME:
            words.add(value)
        words.update(part for part in value.split() if len(part) >= SHORTEST_NAME)
    for pattern in (EMAIL, LINK, PHONE):
        text = pattern.sub(mask, text)
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(
            rf"(?<!\w){re.escape(word)}(?!\w)", mask, text, flags=re.IGNORECASE
        )
    return text
