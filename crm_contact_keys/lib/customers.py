"""Who a customer is, and whether two descriptions are of the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .generic import Generic
from .phones import read_numbers
from .texts import (
    compatible_names,
    domain_of,
    normalise_emails,
    normalise_name,
    normalise_vat,
)

PROVING = ("vat", "email", "phone")
DISAGREEMENTS_AGAINST_PHONE = 2


@dataclass(frozen=True)
class Customer:
    """What is known of a customer, normalised.

    :param emails: bare addresses that identify a person
    :param phones: numbers in E.164
    :param domain: mail or web domain that belongs to one company
    :param vat: tax number
    :param company: name without accents and legal form
    :param contact: the person's name, likewise
    """

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    domain: str = ""
    vat: str = ""
    company: str = ""
    contact: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """What distinguishes this customer from others, as ``kind:value``.

        :return: keys
        """
        vats = (self.vat,) if self.vat else ()
        return tuple(
            f"{kind}:{value}"
            for kind, values in zip(
                PROVING, (vats, self.emails, self.phones), strict=True
            )
            for value in values
        )

    @property
    def name(self) -> str:
        """The name that people know the customer by.

        :return: company, else contact
        """
        return self.company or self.contact


def identify(
    generic: Generic,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    website: str = "",
    vat: str = "",
    company: str = "",
    contact: str = "",
    region: str = "",
) -> Customer:
    """Normalise what is known of a customer.

    :param generic: what proves nothing
    :param emails: texts with e-mail addresses
    :param phones: telephone numbers as people write them
    :param website: web address
    :param vat: tax number
    :param company: name of the company
    :param contact: name of the person
    :param region: ISO code of the customer's country, such as ``DE``
    :return: the customer, without addresses and numbers that prove nothing
    """
    found = dict.fromkeys(a for text in emails for a in normalise_emails(text))
    addresses = generic.filter_proving(found)
    numbers = dict.fromkeys(n for text in phones for n in read_numbers(text, region))
    domains = [*map(domain_of, addresses), domain_of(website)]
    return Customer(
        emails=tuple(addresses),
        phones=tuple(generic.filter_proving_phones(numbers)),
        domain=next(filter(generic.is_company_domain, domains), ""),
        vat=normalise_vat(vat),
        company=normalise_name(company),
        contact=normalise_name(contact),
    )


@dataclass(frozen=True)
class Match:
    """What two descriptions of a customer have in common.

    :param strength: ``proof`` (they are the same), ``likely`` (a sign that others
        speak against), ``weak`` (the name or the domain only), ``none``
    :param reasons: pairs of kind and value that agree; kinds are ``vat``, ``email``,
        ``phone``, ``company``, ``domain``, ``contact``
    :param disagreements: kinds that both know, and differently
    """

    strength: str = "none"
    reasons: tuple[tuple[str, str], ...] = ()
    disagreements: tuple[str, ...] = ()

    @property
    def is_proof(self) -> bool:
        """Whether both are the same customer.

        :return: whether the match is a proof
        """
        return self.strength == "proof"


@dataclass
class _Comparison:
    reasons: list[tuple[str, str]] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    def add(
        self,
        kind: str,
        ours: Iterable[str],
        theirs: Iterable[str],
        agree: Callable[[str, str], bool] = str.__eq__,
    ) -> None:
        """Compare values of one kind; note what agrees, else that the kind differs.

        :param kind: kind of identity
        :param ours: values of the first customer
        :param theirs: values of the second one
        :param agree: whether two values are the same
        """
        ours, theirs = list(filter(None, ours)), list(filter(None, theirs))
        if not (ours and theirs):
            return
        common = [one for one in ours if any(agree(one, other) for other in theirs)]
        self.reasons += [(kind, value) for value in common]
        if not common:
            self.disagreements.append(kind)


def compare(one: Customer, other: Customer) -> Match:
    """Weigh what agrees against what does not.

    A tax number or an e-mail address identifies a customer, unless both the company
    and the person are called otherwise. A telephone number may be a switchboard's: two
    kinds of facts that differ outweigh it.

    :param one: a customer
    :param other: another description, maybe of the same
    :return: strength, reasons and disagreements
    """
    found = _Comparison()
    found.add("vat", (one.vat,), (other.vat,))
    found.add("email", one.emails, other.emails)
    found.add("phone", one.phones, other.phones)
    found.add("company", (one.company,), (other.company,), compatible_names)
    found.add("domain", (one.domain,), (other.domain,))
    found.add("contact", (one.contact,), (other.contact,), compatible_names)
    kinds = {kind for kind, __ in found.reasons}
    return Match(
        _strength(kinds, set(found.disagreements)),
        tuple(found.reasons),
        tuple(found.disagreements),
    )


def _strength(kinds: set[str], differing: set[str]) -> str:
    """How strongly agreeing and differing kinds say that two customers are one.

    :param kinds: kinds that agree
    :param differing: kinds that differ
    :return: ``proof``, ``likely``, ``weak`` or ``none``
    """
    if "vat" in kinds:
        return "proof"
    if "email" in kinds:
        named_otherwise = {"company", "contact"} <= differing or "vat" in differing
        return "likely" if named_otherwise else "proof"
    if "phone" in kinds:
        against = differing & {"company", "contact", "domain", "vat"}
        return "likely" if len(against) >= DISAGREEMENTS_AGAINST_PHONE else "proof"
    return "weak" if kinds & {"company", "domain"} else "none"
