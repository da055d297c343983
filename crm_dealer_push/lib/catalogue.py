"""What a dealer has: products, languages, countries, companies, pricelists, teams."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from . import errors
from .customers import Customer
from .rows import RowImport
from .session import related, text
from .values import Placement

# Read back when the dealer's apps have them.
OPTIONAL_FIELDS = ("commitment_date", "effective_date", "delivery_status")


class Catalogue(RowImport):
    """Learns ids at the dealer and remembers them in ``reference``."""

    # codes that more than one product has, as of the last :meth:`read_products`
    ambiguous: frozenset[str] = frozenset()

    # -- products ------------------------------------------------------------

    def read_products(self, codes: Collection[str]) -> dict[str, int]:
        """Learn the dealer's products by their codes.

        A code that several products have is that of none of them; it is noted in
        ``ambiguous``.

        :param codes: internal references
        :return: the id for each code that exactly one product has
        """
        rows = self.read_rows(
            "product.product",
            [["default_code", "in", sorted(codes)], ["sale_ok", "=", True]],
            ["default_code"],
            order="id",
            context=self.call_context,
        )
        numbers: dict[str, set[int]] = defaultdict(set)
        for row in rows:
            numbers[text(row["default_code"])].add(row["id"])
        found = {code: min(ids) for code, ids in numbers.items() if len(ids) == 1}
        several = {code for code, ids in numbers.items() if len(ids) > 1}
        self.ambiguous = (self.ambiguous - set(codes)) | several
        for code in codes:
            self.reference.products.pop(code, None)
        self.reference.products.update(found)
        return found

    def find_products(self, placement: Placement) -> None:
        """Learn the products of what is pending; orders without theirs fail.

        :param placement: what is ordered; its ``results`` get the errors
        """
        codes = {code for request in placement.pending for code in request.codes}
        if codes - set(self.reference.products):
            self.read_products(codes)
        for request in placement.pending:
            for code in sorted(request.codes - set(self.reference.products)):
                placement.results[request.key] = self._product_error(code)

    def _product_error(self, code: str) -> errors.DealerError:
        """Why a product cannot be ordered.

        :param code: internal reference
        :return: error, not raised yet
        """
        if code in self.ambiguous:
            return errors.ProductAmbiguous(code)
        return errors.ProductMissing(code)

    # -- terms ---------------------------------------------------------------

    def read_terms(self) -> None:
        """Learn companies, pricelists and sales teams with their ids and currencies."""
        known = self.reference
        rows = self.read_rows("res.company", [], ["name", "currency_id"])
        known.companies = {text(row["name"]): row["id"] for row in rows}
        known.company_currencies = {
            text(row["name"]): related(row["currency_id"])[1] for row in rows
        }
        rows = self.read_rows(
            "product.pricelist",
            [],
            ["name", "currency_id"],
            order="sequence, id",
        )
        known.pricelists, known.pricelist_currencies = {}, {}
        for row in rows:
            # of two with one name the first counts
            name = text(row["name"])
            known.pricelists.setdefault(name, row["id"])
            known.pricelist_currencies.setdefault(name, related(row["currency_id"])[1])
        rows = self.read_rows("crm.team", [], ["name"])
        known.teams = {text(row["name"]): row["id"] for row in reversed(rows)}

    def _pricelist(self, currency: str) -> dict[str, int]:
        """The dealer's pricelist for a currency.

        :param currency: code of a currency, empty for the dealer's own
        :return: value for the order, empty where the dealer's default fits
        :raises ReferenceMissing: for a named pricelist the dealer does not have
        :raises CurrencyMissing: where no pricelist has the currency
        """
        known, name = self.reference, self.terms.pricelist
        if name:
            if name not in known.pricelists:
                raise errors.ReferenceMissing(name)
            if currency and known.pricelist_currencies.get(name) != currency:
                raise errors.CurrencyMissing(currency)
            return {"pricelist_id": known.pricelists[name]}
        if not currency:
            return {}
        for name, found in known.pricelist_currencies.items():
            if found == currency:
                return {"pricelist_id": known.pricelists[name]}
        company = self.terms.company or next(iter(known.company_currencies), "")
        if known.company_currencies.get(company) == currency:
            return {}
        raise errors.CurrencyMissing(currency)

    def find_terms(self, placement: Placement) -> None:
        """Find company, pricelist and team for each currency that is asked for.

        :param placement: what is ordered; its ``terms`` and ``results`` are filled
        :raises errors.ReferenceMissing: for a name the dealer does not have
        """
        requests = placement.pending
        currencies = {request.currency for request in requests}
        named = self.terms.company or self.terms.pricelist or self.terms.team
        if not requests or (currencies == {""} and not named):
            return
        known = self.reference
        if not known.companies:
            self.read_terms()
        base: dict[str, int] = {}
        for name, wanted, ids in (
            ("company_id", self.terms.company, known.companies),
            ("team_id", self.terms.team, known.teams),
        ):
            if wanted and wanted not in ids:
                raise errors.ReferenceMissing(wanted)
            if wanted:
                base[name] = ids[wanted]
        for currency in currencies:
            try:
                placement.terms[currency] = {**base, **self._pricelist(currency)}
            except errors.DealerError as error:
                for request in requests:
                    if request.currency == currency:
                        placement.results[request.key] = error

    # -- languages and places ------------------------------------------------

    def read_languages(self) -> None:
        """Learn which languages the dealer's Odoo speaks."""
        rows = self.read_rows("res.lang", [], ["code"])
        self.reference.languages = sorted(text(row["code"]) for row in rows)

    def _language(self, code: str) -> str:
        """The dealer's language for one of ours: this one, or one of its family.

        :param code: code of a language here, such as ``de_CH``
        :return: code of a language of the dealer, empty for none
        """
        family = code.partition("_")[0]
        fitting = [
            one for one in self.reference.languages if one.partition("_")[0] == family
        ]
        return code if code in fitting else next(iter(fitting), "")

    def _read_geography(self, customers: Iterable[Customer]) -> None:
        """Learn the dealer's languages, and its ids of countries and states by code.

        :param customers: whose languages, countries and states are needed
        """
        customers = list(customers)
        known = self.reference
        if not known.languages and any(one.lang for one in customers):
            self.read_languages()
        countries = {one.country for one in customers} - set(known.countries) - {""}
        if countries:
            rows = self.read_rows(
                "res.country", [["code", "in", sorted(countries)]], ["code"]
            )
            known.countries.update((text(row["code"]), row["id"]) for row in rows)
        states = {
            f"{one.country}/{one.state}"
            for one in customers
            if one.country and one.state
        } - set(known.states)
        if states:
            by_id = {number: code for code, number in known.countries.items()}
            rows = self.read_rows(
                "res.country.state",
                [
                    [
                        "country_id.code",
                        "in",
                        sorted({s.split("/")[0] for s in states}),
                    ],
                    ["code", "in", sorted({s.split("/", 1)[1] for s in states})],
                ],
                ["code", "country_id"],
            )
            for row in rows:
                country = by_id.get(related(row["country_id"])[0])
                known.states[f"{country}/{row['code']}"] = row["id"]

    # -- what its orders show --------------------------------------------

    def read_order_fields(self) -> None:
        """Learn which delivery fields the dealer's orders have.

        :raises errors.SalesMissing: when Sales is not installed there
        """
        try:
            found = self.client.query(
                "sale.order", "fields_get", list(OPTIONAL_FIELDS), ["type"]
            )
        except errors.Refused:
            raise errors.SalesMissing() from None
        if not isinstance(found, dict):
            raise errors.NotAnOdoo("fields")
        self.reference.order_fields = sorted(set(found) & set(OPTIONAL_FIELDS))
