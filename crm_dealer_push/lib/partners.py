"""Customers at a dealer: found by what proves them to be the same, else created."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from . import errors
from .catalogue import Catalogue
from .customers import Customer, find_same, mail, phone_tail, same_name, unlike
from .session import like, text
from .values import OrderRequest, Placement

# Kinds of addresses that are part of a customer, and no customer.
ADDRESS_TYPES = ("invoice", "delivery", "other", "private")


class Partners(Catalogue):
    """Finds and creates customers."""

    def find_customers(self, placement: Placement) -> None:
        """Find the customer of each pending order, and create the missing ones.

        Left out are existing orders whose customer is the right one.

        :param placement: what is ordered; its ``customers`` and ``results`` are filled
        """
        requests = [
            request
            for request in placement.pending
            if request.key not in placement.existing
            or "customer" in placement.stale[request.key]
        ]
        if not requests:
            return
        candidates = self._read_customers(request.customer for request in requests)
        taken = {found.reference for _number, found in candidates}
        new: dict[str, OrderRequest] = {}
        alias: dict[str, str] = {}
        for request in requests:
            number = find_same(request.customer, candidates)
            if number:
                placement.customers[request.key] = number
                continue
            # the same new customer twice in one batch is created once
            keys = list(new)
            twin = find_same(
                request.customer,
                [(i + 1, new[key].customer) for i, key in enumerate(keys)],
            )
            if twin:
                alias[request.key] = keys[twin - 1]
            else:
                new[request.key] = request
                if request.customer.reference in taken:
                    # another one's since: an external id of its own, too
                    suffix = request.key.rpartition("/")[2]
                    new[request.key] = replace(
                        request,
                        customer_external_id=f"{request.customer_external_id}_{suffix}",
                    )
        if new:
            self._create_customers(placement, new)
        for key, twin in alias.items():
            if twin in placement.customers:
                placement.customers[key] = placement.customers[twin]
            else:
                placement.results[key] = placement.results[twin]

    def _create_customers(
        self, placement: Placement, new: Mapping[str, OrderRequest]
    ) -> None:
        """Create customers; one whose tax number is refused is created without it.

        :param placement: what is ordered; its ``customers`` and ``results`` are filled
        :param new: the orders whose customers are missing, by key
        """
        self._read_geography(request.customer for request in new.values())
        rows = {key: self._customer_row(request) for key, request in new.items()}
        made: dict[str, int] = {}
        groups = {key: [row] for key, row in rows.items()}
        refused = self.load_groups("res.partner", groups, made)
        bare = {
            key: [{name: value for name, value in rows[key].items() if name != "vat"}]
            for key, error in refused.items()
            if "vat" in rows[key] and isinstance(error, errors.Refused)
        }
        if bare:
            # a tax number the dealer's Odoo refuses stops no sale
            refused = {
                **{key: refused[key] for key in refused if key not in bare},
                **self.load_groups("res.partner", bare, made),
            }
        placement.customers.update(made)
        placement.results.update(refused)

    def _read_customers(self, wanted: Iterable[Customer]) -> list[tuple[int, Customer]]:
        """The dealer's contacts that may be one of these customers.

        :param wanted: the customers to look for
        :return: pairs of id and customer; one for each number of a contact
        """
        leaves: list[list] = []
        has_mobile = self.version < (19, 0)
        for customer in wanted:
            leaves.append(["ref", "=", customer.reference])
            if mail(customer.email):
                leaves.append(["email", "=ilike", f"%{like(mail(customer.email))}%"])
            if tail := phone_tail(customer.phone):
                # any digits may be apart: "0470/12.34.56"
                pattern = "%" + "%".join(tail)
                leaves.append(["phone", "=ilike", pattern])
                if has_mobile:
                    leaves.append(["mobile", "=ilike", pattern])
            if customer.company:
                leaves.append(["name", "=ilike", like(customer.name)])
        unique = list({tuple(leaf): leaf for leaf in leaves}.values())
        domain = ["|"] * (len(unique) - 1) + unique
        domain = ["&", ["type", "not in", list(ADDRESS_TYPES)], *domain]
        rows = self.read_rows(
            "res.partner",
            domain,
            self._person_fields,
            order="id",
            context=self.call_context,
        )
        return [
            (row["id"], replace(_person(row), phone=phone))
            for row in rows
            for phone in {text(row["phone"]), text(row.get("mobile"))} - {""} or {""}
        ]

    def _read_people(self, ids: Collection[int]) -> dict[int, Customer]:
        """Customers by their ids, archived ones too.

        :param ids: ids of contacts at the dealer
        :return: customer by id
        """
        rows = self.read_rows(
            "res.partner",
            [["id", "in", sorted(ids)], ["active", "in", [True, False]]],
            self._person_fields,
            context=self.call_context,
        )
        return {row["id"]: _person(row) for row in rows}

    @property
    def _person_fields(self) -> list[str]:
        """The fields to read of a contact; mobile is gone in 19.0.

        :return: names
        """
        names = ["name", "email", "phone", "ref", "is_company"]
        names += ["commercial_company_name", "company_name"]
        return [*names, "mobile"] if self.version < (19, 0) else names

    def _customer_row(self, request: OrderRequest) -> dict[str, str]:
        """The row of the import for a customer.

        :param request: the order wanted
        :return: values by column of the import
        """
        customer = request.customer
        country = self.reference.countries.get(customer.country)
        state = self.reference.states.get(f"{customer.country}/{customer.state}")
        # what is left out is as the dealer's Odoo has it by default
        more = {"lang": self._language(customer.lang), "vat": customer.vat}
        return {
            **{name: value for name, value in more.items() if value},
            "id": request.customer_external_id,
            "name": customer.name,
            "ref": customer.reference,
            "email": customer.email,
            "phone": customer.phone,
            "is_company": "1" if customer.is_company else "0",
            "company_name": customer.company,
            "street": customer.street,
            "street2": customer.street2,
            "city": customer.city,
            "zip": customer.zip,
            "website": customer.website,
            "function": customer.function,
            "country_id/.id": str(country) if country else "",
            "state_id/.id": str(state) if state else "",
        }


def is_someone_else(wanted: Customer, found: Customer) -> bool:
    """Whether an order's customer is neither the one we mean nor the company of it.

    :param wanted: the customer of the request
    :param found: the customer of the order
    :return: whether it is
    """
    if wanted.reference == found.reference and wanted.reference:
        return unlike(wanted, found)
    companies = (found.name if found.is_company else "", found.company)
    return unlike(wanted, found) and not any(
        same_name(wanted.company or wanted.name, company) for company in companies
    )


def _person(row: dict[str, Any]) -> Customer:
    """A contact as the dealer sent it, as a value.

    :param row: the fields of ``_person_fields``
    :return: the customer
    """
    return Customer(
        name=text(row["name"]),
        email=text(row["email"]),
        phone=text(row["phone"]) or text(row.get("mobile")),
        company=""
        if row["is_company"]
        else text(row["commercial_company_name"]) or text(row["company_name"]),
        is_company=bool(row["is_company"]),
        reference=text(row["ref"]),
    )
