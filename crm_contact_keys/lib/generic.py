"""What says nothing of who a customer is, as one object that is asked many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Generic:
    """Addresses, domains and numbers that several customers may share."""

    def __init__(self, names_by_kind: Mapping[str, Iterable[str]]) -> None:
        names = {kind: frozenset(names) for kind, names in names_by_kind.items()}
        nothing: frozenset[str] = frozenset()
        self.addresses = names.get("address", nothing)
        self.mailboxes = names.get("mailbox", nothing)
        self.domains = names.get("domain", nothing)
        self.phones = names.get("phone", nothing)
        self.shared_domains = self.domains | names.get("provider", nothing)

    def filter_proving(self, addresses: Iterable[str]) -> list[str]:
        """The e-mail addresses that identify a customer.

        :param addresses: bare addresses in lower case
        :return: those that are not generic, in their order
        """
        proving = []
        for address in addresses:
            mailbox, __, domain = address.rpartition("@")
            if address in self.addresses or domain in self.domains:
                continue
            if mailbox.partition("+")[0] not in self.mailboxes:
                proving.append(address)
        return proving

    def filter_proving_phones(self, numbers: Iterable[str]) -> list[str]:
        """The numbers that identify a customer.

        :param numbers: numbers in E.164
        :return: those that are not generic, in their order
        """
        return [number for number in numbers if number not in self.phones]

    def is_company_domain(self, domain: str) -> bool:
        """Whether a domain belongs to one company.

        :param domain: such as ``example.com``
        :return: false for free mail providers and domains that prove nothing
        """
        return bool(domain) and domain not in self.shared_domains
