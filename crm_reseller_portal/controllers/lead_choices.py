from odoo import _, fields
from odoo.http import request

from .records import ResellerRecords

SHARED_WORDS = ("partner_name", "city", "zip")
PERSONAL_WORDS = ("name", "contact_name")


class ResellerLeadChoices(ResellerRecords):
    """By what the list of leads is searched, sorted, filtered and grouped."""

    def _hides_contact_details(self):
        """Whether any company hides names on offers that wait for an answer.

        :return: bool
        """
        return bool(
            request.env["res.company"]
            .sudo()
            .search_count([("reseller_hide_contact_details", "=", True)], limit=1)
        )

    def _search_lead_word(self, word):
        """Where one word of the search box is looked for. Hook.

        :param str word: escaped for ``ilike``
        :return: domain
        """
        terms = [[(name, "ilike", word)] for name in SHARED_WORDS]
        personal = [[(name, "ilike", word)] for name in PERSONAL_WORDS]
        if self._hides_contact_details():
            # to find a lead by what is hidden would be to find out
            accepted = ("reseller_state", "=", "accepted")
            personal = [["&", accepted, *leaf] for leaf in personal]
        terms += personal
        return ["|"] * (len(terms) - 1) + [leaf for term in terms for leaf in term]

    def _get_lead_sortings(self):
        """The ways to sort the leads; the first is the default. Hook.

        :return: dict of key to a dict with ``label`` and ``order``, as for a search
        """
        sortings = {
            "urgent": {
                "label": _("Most urgent"),
                "order": "reseller_state desc, reseller_due_on, id desc",
            },
            "date": {
                "label": _("Newest"),
                "order": "reseller_offered_on desc nulls last, id desc",
            },
            "name": {"label": _("Name"), "order": "name, id"},
            "company": {"label": _("Company"), "order": "partner_name, id"},
            "city": {"label": _("City"), "order": "city, id"},
        }
        if self._hides_contact_details():
            # the order would reveal what the titles of waiting leads leave out
            del sortings["name"]
        return sortings

    def _get_lead_filters(self):
        """The filters of the leads; the first is the default. Hook.

        :return: dict of key to a dict with ``label``, ``domain`` and, where the list
            may have a sentence of its own for no result, ``empty``
        """
        return {
            "all": {"label": _("All"), "domain": []},
            "waiting": {
                "label": _("Waiting"),
                "domain": [("reseller_state", "=", "pending")],
                "empty": _("No lead is waiting for your answer."),
            },
            "accepted": {
                "label": _("Accepted"),
                "domain": [("reseller_state", "=", "accepted")],
                "empty": _("No accepted lead waits to be converted."),
            },
            "overdue": {
                "label": _("Overdue"),
                "domain": [
                    ("reseller_state", "=", "pending"),
                    ("reseller_due_on", "<", fields.Datetime.now()),
                ],
                "empty": _("Nothing is overdue."),
            },
        }

    def _get_lead_groupings(self):
        """The ways to group the leads; the first is the default. Hook.

        :return: dict of key to a dict with ``label`` and, unless it groups nothing,
            ``order``, as for a search, and ``key``, a function from a lead to a group's
            title
        """
        return {
            "none": {"label": _("None")},
            "state": {
                "label": _("Answer"),
                "order": "reseller_state desc",
                "key": lambda lead: (
                    _("Waiting for your answer")
                    if lead.reseller_state == "pending"
                    else _("Accepted")
                ),
            },
            **self._get_shared_groupings(),
            "city": {
                "label": _("City"),
                "order": "city",
                "key": lambda lead: lead.city or _("No city"),
            },
        }

    def _get_shared_groupings(self):
        """The ways to group that leads and deals have in common.

        :return: dict, see ``_get_lead_groupings``
        """
        return {
            "country": {
                "label": _("Country"),
                "order": "country_id",
                "key": lambda lead: lead.country_id.name or _("No country"),
            },
            "person": {
                "label": _("Person in charge"),
                "order": "reseller_contact_id",
                "key": lambda lead: lead.reseller_contact_id.name or _("Unassigned"),
            },
        }
