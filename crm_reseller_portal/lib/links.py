"""Tokens for one person, one record and one purpose. No database is needed here."""

import re
from dataclasses import dataclass

SIGNATURE = re.compile(r"([0-9]{1,10})-([0-9]{1,12})-([0-9a-f]{64})")

# addresses below which the pages of signed links are; routes fill it as they are made
SIGNED_PATHS: set[str] = set()


@dataclass(frozen=True)
class LinkToken:
    """The parts of a token.

    :param partner_id: whom the link was made for
    :param expires: last second it is good for, in seconds since 1970
    :param signature: hexadecimal HMAC-SHA256 over what the link is for
    """

    partner_id: int
    expires: int
    signature: str

    def __str__(self) -> str:
        return f"{self.partner_id}-{self.expires}-{self.signature}"


def parse_token(text: str) -> LinkToken | None:
    """The parts of a token as it came with an address.

    :param text: what was sent, of any form
    :return: the parts, or None when it is no token
    """
    parts = SIGNATURE.fullmatch(text) if isinstance(text, str) else None
    if not parts:
        return None
    return LinkToken(int(parts[1]), int(parts[2]), parts[3])
