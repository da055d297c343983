from odoo import _, api, models
from odoo.osv.expression import AND

from odoo.addons.crm_reseller_base.compat import get_all_groups_field

from .res_users import SUPERVISOR_GROUP
from .res_users_directions import DEALS, LEADS

# documents are found by the messages of each lead: of so many of the newest ones
DOCUMENT_LEADS = 50


class CrmResellerAccessMatrix(models.AbstractModel):
    """What people of each sales direction reach on the portal, counted.

    The page, the routes and the tests ask the same methods: each kind of record is
    counted with the very domain its pages search in, and once more together with a
    condition that is written down apart from it: which records they may be. What
    is reached beyond that is a leak.
    """

    _name = "crm.reseller.access.matrix"
    _description = "Access Matrix of the Reseller Portal"

    @api.model
    def _get_access_kinds(self):
        """The kinds of records that pages of the portal show. Hook.

        Other addons add theirs.

        :return: list of dict with ``key``, ``label``, ``model``, ``reached`` (function
            of a user: the domain in which the pages search, elevated) and ``allowed``
            (function of a user: the domain of what this user may reach at most, not
            made from ``reached``)
        """
        return [
            {
                "key": "leads",
                "label": _("Leads"),
                "model": "crm.lead",
                "reached": lambda user: [
                    *user._get_reseller_lead_domain(),
                    *self._get_lead_kind(deals=False),
                ],
                "allowed": lambda user: self._get_allowed_leads(user, LEADS),
            },
            {
                "key": "opportunities",
                "label": _("Opportunities"),
                "model": "crm.lead",
                "reached": lambda user: [
                    *user._get_reseller_lead_domain(),
                    *self._get_lead_kind(deals=True),
                ],
                "allowed": lambda user: self._get_allowed_leads(user, DEALS),
            },
            {
                "key": "past_offers",
                "label": _("Past offers"),
                "model": "crm.reseller.offer",
                "reached": lambda user: user._get_reseller_past_offer_domain(),
                "allowed": self._get_allowed_past_offers,
            },
            {
                "key": "documents",
                "label": _("Documents"),
                "model": "ir.attachment",
                "reached": self._get_reached_documents,
                "allowed": self._get_allowed_documents,
            },
            {
                "key": "portals",
                "label": _("Portal homes"),
                "model": "crm.reseller.portal",
                "reached": lambda user: user._get_reseller_portal_domain(),
                "allowed": lambda user: [
                    ("direction_id", "in", self._get_own_directions(user).ids)
                ],
            },
        ]

    @api.model
    def _read_access_matrix(self):
        """What a sample person of each direction reaches.

        :return: list of dict with ``direction`` (crm.reseller.direction; empty for
            resellers of none), ``user`` (res.users, elevated; empty where no person has
            access), ``enforced`` and ``cells``: list of dict with ``key``, ``label``,
            ``count`` and ``leaks``, how many of them the person should not reach
        """
        Direction = self.env["crm.reseller.direction"].sudo()
        rows = []
        for direction in (*Direction.search([], limit=None), Direction):
            user = self._get_sample_user(direction)
            rows.append(
                {
                    "direction": direction,
                    "user": user,
                    "enforced": bool(user) and user._enforces_reseller_directions(),
                    "cells": self._read_access(user) if user else [],
                }
            )
        return rows

    @api.model
    def _read_access(self, user):
        """What one person reaches.

        :param user: res.users of a reseller
        :return: list of dict with ``key``, ``label``, ``count`` and ``leaks``
        """
        cells = []
        for kind in self._get_access_kinds():
            Model = self.env[kind["model"]].sudo().with_context(active_test=False)
            reached = kind["reached"](user)
            count = Model.search_count(reached)
            allowed = Model.search_count(AND([reached, kind["allowed"](user)]))
            cells.append(
                {
                    "key": kind["key"],
                    "label": kind["label"],
                    "count": count,
                    "leaks": count - allowed,
                }
            )
        return cells

    @api.model
    def _get_sample_user(self, direction):
        """A person of a reseller whose home is a direction; supervisors see most.

        :param direction: crm.reseller.direction, or none for resellers without one
        :return: res.users, elevated, one or none
        """
        Users = self.env["res.users"].sudo()
        domain = [
            *self.env["crm.reseller.audience"]._get_reseller_people_domain(),
            ("commercial_partner_id.reseller_direction_id", "=", direction.id),
        ]
        groups = get_all_groups_field(Users)
        supervisors = self.env.ref(SUPERVISOR_GROUP).ids
        return Users.search(
            [*domain, (groups, "in", supervisors)], order="id", limit=1
        ) or Users.search(domain, order="id", limit=1)

    # ------------------------------------------------------------
    # WHAT MAY BE REACHED AT MOST
    # ------------------------------------------------------------

    @api.model
    def _get_own_directions(self, user):
        """The directions of a person's company, as they are stored.

        :param user: res.users
        :return: crm.reseller.direction, elevated, archived ones among them
        """
        company_sudo = user.sudo().with_context(active_test=False).commercial_partner_id
        return company_sudo.reseller_direction_ids

    @api.model
    def _get_lead_kind(self, deals):
        """Deals, or leads that are none yet.

        :param bool deals: which of both
        :return: domain on crm.lead
        """
        deal = ["&", ("reseller_state", "=", "accepted"), ("type", "=", "opportunity")]
        return deal if deals else ["!", *deal]

    @api.model
    def _get_allowed_directions(self, user, section):
        """The directions in which a person sees a section, asked from the sections.

        :param user: res.users
        :param str section: key
        :return: list of ids, False for records without a direction
        """
        own = self._get_own_directions(user)
        allowed = []
        for direction in own.sudo().with_context(active_test=False):
            portal = direction.portal_ids.filtered("active")
            shown = portal.section_ids.filtered(lambda each: each.key == section)
            if not portal or any(user in each._get_audience_people() for each in shown):
                allowed.append(direction.id)
        home = user.sudo().commercial_partner_id.reseller_direction_id
        return [*([False] if home.id in allowed else []), *allowed]

    @api.model
    def _get_allowed_leads(self, user, section, path=""):
        """The leads a person may reach at most.

        :param user: res.users
        :param str section: key of the section that shows them
        :param str path: where the lead is, with a full stop, or nothing
        :return: domain
        """
        company = user.sudo().commercial_partner_id
        domain = [(f"{path}reseller_id", "=", company.id)]
        if self._get_own_directions(user) and user._enforces_reseller_directions():
            directions = self._get_allowed_directions(user, section)
            domain.append((f"{path}reseller_direction_id", "in", directions))
        return domain

    @api.model
    def _get_allowed_past_offers(self, user):
        """The past offers a person may reach at most.

        :param user: res.users
        :return: domain on crm.reseller.offer
        """
        company = user.sudo().commercial_partner_id
        directions = self._get_allowed_leads(user, LEADS, "lead_id.")[1:]
        return [("reseller_id", "=", company.id), *directions]

    @api.model
    def _get_reached_documents(self, user):
        """The documents that the pages of a person's newest leads stream.

        :param user: res.users
        :return: domain on ir.attachment
        """
        leads_sudo = (
            self.env["crm.lead"]
            .with_user(user)
            .sudo()
            .with_context(active_test=False)
            .search(
                user._get_reseller_lead_domain(),
                order="id desc",
                limit=DOCUMENT_LEADS,
            )
        )
        ids = []
        for lead in leads_sudo:
            ids += lead._get_reseller_messages(lead.reseller_id).attachment_ids.ids
        return [("id", "in", ids)]

    @api.model
    def _get_allowed_documents(self, user):
        """The documents of leads a person may reach at most.

        :param user: res.users
        :return: domain on ir.attachment
        """
        Lead = self.env["crm.lead"].sudo().with_context(active_test=False)
        ids = []
        for section, deals in ((LEADS, False), (DEALS, True)):
            ids += Lead.search(
                [
                    *self._get_allowed_leads(user, section),
                    *self._get_lead_kind(deals),
                ]
            ).ids
        return [("res_model", "=", "crm.lead"), ("res_id", "in", ids)]
