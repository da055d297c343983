import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib.customers import Match, compare, identify

KEPT_HOURS = 24
# Where the parts of an identity are in the models that Odoo's CRM has.
NAME_FIELDS = {
    "crm.lead": ("partner_name", "contact_name"),
    "res.partner": ("commercial_company_name", "name"),
}


class CrmContactKey(models.Model):
    """What identifies a customer, who else it identifies, and who comes first.

    This is the way in for other addons:

    * :meth:`_identify` and :meth:`_identify_records` make a
      ``Customer`` (see ``lib/customers.py``) of values or records;
    * :meth:`_find_matches` says which leads and contacts are the same customer, or
      might be, with reasons and strength;
    * :meth:`_reserve` lets of two transactions about one customer the second wait.

    One row of the table is one customer that was asked about lately. The row is what
    two transactions meet at: the second waits for the first, and once that has
    committed, PostgreSQL sends the second back to start afresh (Odoo repeats the
    request), because what it has read is out of date. Then it finds what the first has
    made. An advisory lock would not do: it lets the second go on with its old snapshot.
    """

    _name = "crm.contact.key"
    _inherit = "crm.contact.guard"
    _description = "Contact Key"
    _log_access = False

    name = fields.Char("Digest", required=True, readonly=True)
    used_on = fields.Datetime(required=True, readonly=True, index=True)

    _sql_constraints = [("name_uniq", "UNIQUE(name)", "One row for each customer.")]

    # ------------------------------------------------------------
    # Unique keys
    # ------------------------------------------------------------

    @api.model
    def _reserve(self, keys):
        """Hold these customers until the end of the transaction.

        Digests are stored, not addresses; in one order, against deadlocks.

        :param keys: texts such as ``email:pat@example.com``
        """
        digests = sorted({hashlib.sha256(key.encode()).hexdigest() for key in keys})
        if not digests:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_contact_key (name, used_on)
                SELECT digest, %s FROM UNNEST(%s) AS digest
                    ON CONFLICT (name) DO UPDATE SET used_on = EXCLUDED.used_on
                """,
                fields.Datetime.now(),
                digests,
            ),
            log_exceptions=False,  # the framework repeats the later of two requests
        )

    @api.autovacuum
    def _gc_keys(self):
        """A row matters for as long as a transaction that holds it."""
        limit = fields.Datetime.now() - timedelta(hours=KEPT_HOURS)
        self.env.cr.execute(
            SQL("DELETE FROM crm_contact_key WHERE used_on < %s", limit)
        )

    # ------------------------------------------------------------
    # Identities
    # ------------------------------------------------------------

    @api.model
    def _identify(self, **identity):
        """Normalise what is known of one customer.

        :param dict identity: as in :meth:`_identify_all`
        :return: a ``Customer`` without addresses and numbers that prove nothing
        """
        return self._identify_all([identity])[0]

    @api.model
    def _identify_all(self, identities):
        """Normalise what is known of customers.

        :param list identities: a dictionary for each: ``emails`` (texts with e-mail
            addresses), ``phones`` (numbers as people write them), ``website``, ``vat``,
            ``company`` and ``contact`` (names), ``region`` (ISO code of the customer's
            country, such as ``DE``); what is not known may be left out
        :return: list of ``Customer`` without addresses and numbers that prove nothing
        """
        generic = self.env["crm.contact.generic"]._get_generic()
        return [identify(generic, **identity) for identity in identities]

    @api.model
    def _identify_records(self, records):
        """The customers that leads or contacts are of.

        :param records: recordset of ``crm.lead`` or ``res.partner``
        :return: dictionary of ``Customer`` by record id
        """
        identities = [self._get_identity(record) for record in records]
        customers = self._identify_all(identities)
        return {
            record.id: customer
            for record, customer in zip(records, customers, strict=True)
        }

    @api.model
    def _get_identity(self, record):
        """What a record says of its customer, as :meth:`_identify` takes it. Hook.

        :param record: one ``crm.lead`` or ``res.partner``
        :return: dictionary with the arguments of :meth:`_identify` by name
        """
        is_lead = record._name == "crm.lead"
        partner = record.partner_id if is_lead else record
        company, contact = NAME_FIELDS[record._name]
        return {
            "emails": [record.email_from if is_lead else record.email or ""],
            "phones": [record[fname] for fname in record._phone_get_number_fields()],
            "website": record.website or "",
            "vat": partner.vat or "",
            "company": record[company] or "",
            "contact": ""
            if not is_lead and record.is_company
            else record[contact] or "",
            "region": record._get_contact_region(),
        }

    # ------------------------------------------------------------
    # Matches
    # ------------------------------------------------------------

    @api.model
    def _find_matches(self, customers, models=("crm.lead", "res.partner"), domain=None):
        """Who else is, or may be, each of these customers. Elevated: the caller decides
        what of it may be shown.

        The number of SQL statements does not grow with the number of customers.

        :param list customers: ``Customer`` objects
        :param models: which of ``crm.lead`` and ``res.partner`` to look at
        :param list domain: further condition on the records, archived ones included
        :return: for each customer a list of pairs of record and ``Match``, proofs
            first, then the newest
        """
        found = [[] for __ in customers]
        for model in models:
            records = self._find_records(customers, model, domain or [])
            known = self._identify_records(records)
            for matches, customer in zip(found, customers, strict=True):
                for record in records:
                    match = compare(customer, known[record.id])
                    if match.strength != "none":
                        matches.append((record, match))
        order = ("proof", "likely", "weak")
        for matches in found:
            matches.sort(key=lambda pair: (order.index(pair[1].strength), -pair[0].id))
        return found

    @api.model
    def _find_records(self, customers, model, domain):
        """Records of a model that share at least one sign with one of the customers.

        :param list customers: ``Customer`` objects
        :param str model: ``crm.lead`` or ``res.partner``
        :param list domain: further condition
        :return: elevated recordset, newest first
        """
        signs = {
            "email_normalized": {e for c in customers for e in c.emails},
            "contact_phone_key": {p for c in customers for p in c.phones},
            "contact_phone_other_key": {p for c in customers for p in c.phones},
            "contact_domain_key": {c.domain for c in customers if c.domain},
            "contact_name_key": {c.company for c in customers if c.company},
        }
        if model == "res.partner":
            signs["contact_vat_key"] = {c.vat for c in customers if c.vat}
        terms = [
            (fname, "in", sorted(values)) for fname, values in signs.items() if values
        ]
        Model = self.env[model].sudo().with_context(active_test=False)
        if not terms:
            return Model.browse()
        return Model.search(["|"] * (len(terms) - 1) + terms + domain, order="id desc")

    @api.model
    def _compare(self, one, other):
        """Compare two customers, see ``lib/customers.py``.

        :param one: a ``Customer``
        :param other: another
        :return: a ``Match``
        """
        return compare(one, other) if one.keys or other.keys else Match()
