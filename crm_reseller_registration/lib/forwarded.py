"""What a forwarded mail says of a customer. No database is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX = re.compile(r"^\s*(re|fw|fwd|wg|aw|tr|rv|i|r)\s*:\s*", re.IGNORECASE)
SENDER = re.compile(
    r"^[\s>*]*(?:from|von|de|da|van)\s*\*?\s*:\s*\*?\s*(?P<name>[^<>\n@]*?)\s*"
    r"[<\[(]?\s*(?:mailto:)?(?P<email>[^\s<>\[\]()@]+@[^\s<>\[\]()@]+\.[a-z]{2,})",
    re.IGNORECASE | re.MULTILINE,
)
NAME_LENGTH = 120


@dataclass(frozen=True)
class Forwarded:
    """A mail that somebody forwarded.

    :param subject: without what mail programs put before it
    :param email: address of the first sender named in the text; may be empty
    :param first_name: of this sender; may be empty
    :param last_name: of this sender; may be empty
    """

    subject: str
    email: str
    first_name: str
    last_name: str


def read_forwarded(subject: str, text: str) -> Forwarded:
    """Read a forwarded mail.

    :param subject: of the mail
    :param text: of the mail, plain
    :return: what it says
    """
    shorter = (subject or "").strip()
    while PREFIX.match(shorter):
        shorter = PREFIX.sub("", shorter, count=1)
    found = SENDER.search(text or "")
    name = found["name"].strip(" \"'*") if found else ""
    if "," in name:  # surname first
        last, _comma, first = name.partition(",")
    else:
        first, _blank, last = name.rpartition(" ")
    return Forwarded(
        shorter[:NAME_LENGTH],
        found["email"].lower().rstrip(".") if found else "",
        first.strip()[:NAME_LENGTH],
        last.strip()[:NAME_LENGTH],
    )
