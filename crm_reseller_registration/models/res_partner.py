from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.osv.expression import AND
from odoo.tools import escape_psql

from odoo.addons.crm_contact_keys.lib.texts import domain_of

from ..const import OPEN_STATES, PROTECTED
from .crm_deal_registration_search import (
    CONTACTS_SHOWN,
    NAMES_SHOWN,
    SHORTEST_SEARCH,
)

YEAR = timedelta(days=365)


class ResPartner(models.Model):
    _inherit = "res.partner"

    # companies are found by their web address when a deal is registered; the key of
    # crm_contact_keys is the domain of their mail, where they have one
    registration_domain = fields.Char(
        string="Domain of the Website",
        compute="_compute_registration_domain",
        store=True,
        index="btree_not_null",
    )

    @api.depends("website")
    def _compute_registration_domain(self):
        for partner in self:
            partner.registration_domain = domain_of(partner.website or "") or False

    def _check_can_register(self):
        """Let the resellers pass whose level allows to register deals.

        :raises UserError: for any other
        """
        self.ensure_one()
        reseller = self.sudo()
        if not (reseller.active and reseller.reseller_level_id.can_register_deal):
            raise UserError(_("Your level does not allow registering deals."))

    def _get_registration_limit(self):
        """Return how many registrations a reseller may hold open.

        :return: number; 0 for no limit
        :rtype: int
        """
        self.ensure_one()
        limit = self.sudo().reseller_level_id.max_open_registrations
        if not limit:
            return 0
        lapses = (
            self.env["crm.deal.registration"]
            .sudo()
            .search_count(
                [
                    ("reseller_id", "=", self.id),
                    ("lapsed_idle", "=", True),
                    ("lapsed_on", ">", fields.Datetime.now() - YEAR),
                ]
            )
        )
        return max(1, limit - lapses)

    def _check_registration_limit(self, company):
        """Refuse one more open registration when the reseller holds too many.

        :param company: res.company
        :raises UserError: with the numbers
        """
        self.ensure_one()
        limit = self._get_registration_limit()
        if not limit:
            return
        # of two submissions at the same moment the second one waits
        self.env["crm.contact.key"]._reserve([f"reseller:{self.id}"])
        held = (
            self.env["crm.deal.registration"]
            .sudo()
            .search_count(
                [
                    ("reseller_id", "=", self.id),
                    ("company_id", "=", company.id),
                    "|",
                    ("state", "in", OPEN_STATES),
                    ("protection", "in", PROTECTED),
                ]
            )
        )
        if held >= limit:
            raise UserError(
                _(
                    "Your company has %(held)s open registrations; %(limit)s are "
                    "allowed at once.",
                    held=held,
                    limit=limit,
                )
            )

    # ------------------------------------------------------------
    # WHICH COMPANIES A RESELLER CAN CHOOSE
    # ------------------------------------------------------------

    def _get_registration_company_domain(self):
        """Return the existing companies a reseller can find. Hook.

        Other resellers, and we ourselves, are no customers.

        :return: domain on res.partner
        """
        self.ensure_one()
        reseller = self.sudo()
        company = reseller._get_reseller_company()
        ours = self.env["res.company"].sudo().search([], limit=None).partner_id
        domain = [
            ("is_company", "=", True),
            ("active", "=", True),
            ("reseller_level_id", "=", False),
            ("id", "not in", ours.ids),
            ("company_id", "in", [company.id, False]),
        ]
        settings = company or self.env["crm.lead"]._get_main_company()
        scope = settings.reseller_registration_search
        if scope == "all":
            return domain
        worked = ("id", "in", reseller._get_registration_customers().ids)
        if scope == "worked":
            return [*domain, worked]
        countries = reseller.reseller_country_ids or reseller.country_id
        return [
            *domain,
            "|",
            "|",
            worked,
            ("state_id", "in", reseller.reseller_state_ids.ids),
            ("country_id", "in", countries.ids),
        ]

    def _get_registration_customers(self):
        """Return the companies that a reseller worked with: res.partner, elevated."""
        self.ensure_one()
        leads = (
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("reseller_id", "=", self.id),
                    ("reseller_state", "=", "accepted"),
                    ("partner_id", "!=", False),
                ]
            )
        )
        return leads.partner_id.commercial_partner_id

    def _search_registration_companies(self, words):
        """Return the few companies whose names fit.

        :param str words: what was typed; nothing is found for less than three letters
        :return: res.partner, elevated
        """
        self.ensure_one()
        Partner = self.env["res.partner"].sudo()
        words = " ".join(words.split())
        if len(words) < SHORTEST_SEARCH:
            return Partner
        return Partner.search(
            AND(
                [
                    self._get_registration_company_domain(),
                    [("name", "ilike", escape_psql(words))],
                ]
            ),
            order="name, id",
            limit=NAMES_SHOWN,
        )

    def _find_registration_company(self, company_id):
        """Return a company of those the reseller can choose, elevated, or nothing."""
        Partner = self.env["res.partner"].sudo()
        if not company_id:
            return Partner
        return Partner.search(
            AND([self._get_registration_company_domain(), [("id", "=", company_id)]])
        )

    def _get_registration_contacts(self, company):
        """Return the people of a company that a reseller can choose.

        Only of companies it worked with: names of others' people are not shown.

        :param company: res.partner
        :return: res.partner, elevated
        """
        self.ensure_one()
        Partner = self.env["res.partner"].sudo()
        if not company or company not in self._get_registration_customers():
            return Partner
        return Partner.search(
            [
                ("commercial_partner_id", "=", company.id),
                ("is_company", "=", False),
                ("type", "=", "contact"),
            ],
            order="name, id",
            limit=CONTACTS_SHOWN,
        )

    # ------------------------------------------------------------
    # WHAT PEOPLE ARE NOTIFIED OF
    # ------------------------------------------------------------

    @api.model
    def _get_reseller_notification_events(self):
        return {
            **super()._get_reseller_notification_events(),
            "registration": {
                "label": _("A registration is answered, or its protection changes")
            },
        }
