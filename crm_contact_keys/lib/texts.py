"""Normalised forms of names, tax numbers, web addresses and e-mail addresses."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Legal forms, as they are left after accents and dots are gone. They say nothing of who
# a company is: "Nordkran GmbH" and "Nordkran" are one.
LEGAL = """
    ab ag aps as asa bhd bv bvba co company corp corporation cv cvba doo eg eirl ek
    eurl ev gbr gmbh gmbhcokg hf inc incorporated kft kg kgaa kk lda limited llc llp
    lp ltd ltda mbh nv ohg oy oyj plc pte pty pvt sa sagl sarl sas sasu sca scop
    scrl sl snc sp spa spol sprl spzoo srl sro ug vof vzw zoo zrt
"""
LEGAL_FORMS = frozenset(LEGAL.split())
# Likewise, of several words.
LEGAL_PHRASES = re.compile(r"\bsp z oo\b|\bs a r l\b")
# Letters that decomposition leaves alone.
LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th"}
)
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?:www\.)?([^/:?#\s]+)", re.I)
# names and numbers are read several times while their record is made
REMEMBERED = 4096


def fold(text: str) -> str:
    """Lower case without accents: "Rhône Matériel" is "rhone materiel".

    :param text: any text
    :return: the text in lower case, letters without marks
    """
    lowered = unicodedata.normalize("NFKD", (text or "").casefold()).translate(LETTERS)
    return "".join(char for char in lowered if not unicodedata.combining(char))


@lru_cache(REMEMBERED)
def normalise_name(name: str) -> str:
    """A company's or person's name without accents, punctuation and legal form.

    :param name: the name as it was typed
    :return: its words in lower case, one space between them; empty for nothing
    """
    spelled = re.sub(r"(?<=\w)\.(?=\w\b|\w\.)|\.", "", fold(name))
    plain = LEGAL_PHRASES.sub(" ", " ".join(re.findall(r"\w+", spelled)))
    words = plain.split()
    telling = [word for word in words if word not in LEGAL_FORMS and word != "und"]
    return " ".join(telling or words)


def normalise_vat(number: str) -> str:
    """A tax number without spaces, dots and dashes.

    :param number: the number as it was typed
    :return: capital letters and digits only; empty where there is no digit
    """
    plain = re.sub(r"[^0-9A-Z]", "", (number or "").upper())
    return plain if any(char.isdigit() for char in plain) and len(plain) > 4 else ""


def normalise_emails(text: str) -> list[str]:
    """The addresses in a text, in lower case, each once.

    :param text: one address or several, with names or without
    :return: the bare addresses in their order
    """
    found = ADDRESS.findall(re.sub(r"[<>,;\"()\[\]]", " ", (text or "").lower()))
    return list(dict.fromkeys(address.strip(".'") for address in found))


def domain_of(address: str) -> str:
    """The domain of an e-mail address or a web address.

    :param address: ``pat@example.com``, ``https://www.example.com/about`` or the like
    :return: ``example.com``; empty where there is none
    """
    address = (address or "").strip().lower()
    if "@" in address:
        address = address.rpartition("@")[2]
    match = HOST.match(address)
    domain = match[1].strip(".") if match else ""
    return domain if "." in domain else ""


def compatible_names(one: str, other: str) -> bool:
    """Whether two normalised names may be the same: one's words are the other's too.

    :param one: as :func:`normalise_name` returns it
    :param other: likewise
    :return: true also where one of them is not known
    """
    first, second = set(one.split()), set(other.split())
    return first <= second or second <= first
