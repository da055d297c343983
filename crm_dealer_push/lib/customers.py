"""Is this the person we look for? Answered without an ORM.

A customer found twice is a nuisance; two people made one is a disaster. So every rule
here needs proof, and a contradiction beats any proof but our own reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Shorter numbers are extensions, or typing errors.
MIN_PHONE_DIGITS = 7
# What is compared of two phone numbers: the same line is written with and without
# country prefix, "+32 470 12 34 56" and "0470/12.34.56".
PHONE_TAIL = 8


@dataclass(frozen=True)
class Customer:
    """What is known of a person or company, here or at the dealer."""

    name: str
    email: str = ""
    phone: str = ""
    company: str = ""
    is_company: bool = False
    reference: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    zip: str = ""
    country: str = ""
    state: str = ""
    website: str = ""
    function: str = ""
    lang: str = ""
    vat: str = ""


def words(name: str) -> frozenset[str]:
    """A name as a set of words, without case, accents, order or punctuation.

    :param name: any text
    :return: the words, folded
    """
    plain = unicodedata.normalize("NFKD", name or "")
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return frozenset(re.findall(r"\w+", plain.casefold()))


def mail(address: str) -> str:
    """An address in the form two of them are compared.

    :param address: an address as it was typed, with or without a name
    :return: the bare address, folded; empty for none
    """
    found = re.search(r"[^\s<>,;\"]+@[^\s<>,;\"]+", address or "")
    return found[0].casefold() if found else ""


def phone_tail(number: str) -> str:
    """The last digits of a phone number; empty when it is too short to distinguish
    people.

    :param number: a number as it was typed
    :return: digits
    """
    digits = re.sub(r"\D", "", number or "")
    return digits[-PHONE_TAIL:] if len(digits) >= MIN_PHONE_DIGITS else ""


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers are one line, however they are written.

    :param one: a number as it was typed
    :param other: another one
    :return: whether they are the same
    """
    first, second = (re.sub(r"\D", "", number or "") for number in (one, other))
    if min(len(first), len(second)) < MIN_PHONE_DIGITS:
        return False
    if all(number.strip().startswith(("+", "00")) for number in (one, other)):
        return first.removeprefix("00") == second.removeprefix("00")
    return phone_tail(one) == phone_tail(other)


def same_name(one: str, other: str) -> bool:
    """ "Anna Keller" is "KELLER, Anna", and neither is "Bob Keller".

    :param one: a name
    :param other: another one
    :return: whether they have the same words
    """
    return bool(words(one)) and words(one) == words(other)


def contradicts(one: Customer, other: Customer) -> bool:
    """Whether two customers cannot be the same, even if everything else fits.

    :param one: a customer
    :param other: another one
    :return: whether they cannot
    """
    if one.is_company != other.is_company or not same_name(one.name, other.name):
        return True
    return bool(
        one.company and other.company and not same_name(one.company, other.company)
    )


def unlike(one: Customer, other: Customer) -> bool:
    """Whether these must be two, although a reference says that they are one.

    Other names with two different addresses, or without an address to compare nothing
    of the name in common.

    :param one: a customer
    :param other: another one
    :return: whether they must be two
    """
    if same_phone(one.phone, other.phone) or same_name(one.name, other.name):
        return False
    first, second = mail(one.email), mail(other.email)
    if first and second:
        return first != second
    return not words(one.name) & words(other.name)


def find_same(wanted: Customer, candidates: Iterable[tuple[int, Customer]]) -> int:
    """The id of the candidate that is ``wanted``, or 0.

    By our reference, then e-mail, then phone, then name and company. Our reference is
    trusted unless everything else contradicts it: numbers are given out again after
    a database was restored from a backup.

    Among several that fit equally well by e-mail or phone the oldest record is taken:
    they are one person entered twice at the dealer's. Name and company alone must be
    unambiguous.

    :param wanted: the customer to find
    :param candidates: pairs of id and customer
    :return: id
    """
    pool = sorted(candidates, key=lambda candidate: candidate[0])
    if wanted.reference:
        for number, found in pool:
            if found.reference == wanted.reference and not unlike(wanted, found):
                return number
    pool = [item for item in pool if not contradicts(wanted, item[1])]
    email = mail(wanted.email)
    for number, found in pool:
        if email and mail(found.email) == email:
            return number
    # From here on two different addresses say that these are two people.
    pool = [item for item in pool if not (email and mail(item[1].email))]
    for number, found in pool:
        if same_phone(wanted.phone, found.phone):
            return number
    pool = [
        item
        for item in pool
        if wanted.company
        and item[1].company
        and not (phone_tail(wanted.phone) and phone_tail(item[1].phone))
    ]
    return pool[0][0] if len(pool) == 1 else 0
