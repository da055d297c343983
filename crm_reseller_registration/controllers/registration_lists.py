from datetime import timedelta

from odoo import _, fields
from odoo.http import request
from odoo.osv.expression import AND

from odoo.addons.crm_reseller_portal.controllers.directions import ResellerDirections
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_form_route
from odoo.addons.crm_reseller_portal.lib.lists import Cell, Column, ListPage

from ..const import PROTECTED
from ..models.crm_reseller_portal_section import SECTION

BADGES = {
    "draft": "secondary",
    "submitted": "info",
    "returned": "warning",
    "qualified": "success",
    "rejected": "secondary",
    "expired": "secondary",
    "withdrawn": "secondary",
}
ICON = "/crm_reseller_registration/static/src/img/registrations.svg"
SOON = 7  # days


class ResellerRegistrationLists(ResellerDirections):
    """The list of registrations, its tab, and its part of the home page."""

    def _search_registrations(self, domain=()):
        """Narrow `domain` to the registrations the user sees."""
        return AND([request.env.user._get_reseller_registration_domain(), list(domain)])

    def _may_register(self):
        """Tell whether the reseller's level allows to register deals."""
        reseller_sudo = request.env.user._get_reseller_sudo()
        return bool(reseller_sudo.reseller_level_id.can_register_deal)

    def _get_required_fields(self, form, company):
        return (
            *super()._get_required_fields(form, company),
            *request.env["crm.reseller.required.field"]._get_names(form, company),
        )

    # ------------------------------------------------------------
    # TAB AND HOME
    # ------------------------------------------------------------

    def _get_reseller_tabs(self):
        # also without the right to register: earlier registrations stay readable
        return [
            *super()._get_reseller_tabs(),
            {
                "key": "reseller_registrations",
                "label": _("Registrations"),
                "url": "/my/registrations",
                "count": None,
                "sequence": 30,
                "icon": "fa-check-square-o",
            },
        ]

    def _get_reseller_home_cards(self, counts):
        cards = super()._get_reseller_home_cards(counts)
        if self._may_register():
            cards.append(
                {
                    "key": "reseller_registrations",
                    "title": _("Registrations"),
                    "url": "/my/registrations",
                    "count": None,
                    "text": _("Register the deals you found yourself"),
                    "icon": ICON,
                    "sequence": 30,
                }
            )
        return cards

    def _prepare_reseller_home_values(self):
        values = super()._prepare_reseller_home_values()
        may_register = self._may_register() and self._shows_registrations()
        return {**values, "reseller_may_register": may_register}

    def _shows_registrations(self, direction=None):
        """Tell whether the portals of the visitor's directions show registrations.

        :param int direction: one direction; any of the visitor's if left out
        :rtype: bool
        """
        access = self._get_direction_access()
        if not access.enforced:
            return True
        directions = [direction] if direction else access.directions or [None]
        return any(access.shows(SECTION, each) for each in directions)

    def _prepare_direction_values(self, portal_sudo):
        """Have the home of a direction register deals of this direction.

        :param portal_sudo: crm.reseller.portal, elevated
        :return: dict of values for the template, with ``reseller_register_url``
        """
        values = super()._prepare_direction_values(portal_sudo)
        direction_id = portal_sudo.direction_id.id
        if direction_id not in self._get_direction_access().directions:
            return values
        return {
            **values,
            "reseller_may_register": self._may_register()
            and self._shows_registrations(direction_id),
            "reseller_register_url": (
                f"/my/registrations/new?direction_id={direction_id}"
            ),
        }

    def _search_reseller_portal(self, words, limit=5):
        found = super()._search_reseller_portal(words, limit)
        return found + self._search_list(self._get_registration_list(), words, limit)

    # ------------------------------------------------------------
    # THE LIST
    # ------------------------------------------------------------

    @reseller_form_route("/my/registrations", "/my/registrations/page/<int:page>")
    def reseller_registrations(self, page=1, **post):
        """List the registrations: mine, or all of the company for supervisors."""
        values = self._prepare_reseller_page(
            "reseller_registrations", _("Registrations")
        )
        values.update(
            self._get_reseller_list(self._get_registration_list(), post, page),
            reseller_may_register=self._may_register(),
        )
        return self._render_list(
            "crm_reseller_registration.portal_my_registrations", values
        )

    def _get_whose(self, page):
        whose = super()._get_whose(page)
        if page.model == "crm.deal.registration":
            # each was registered by somebody
            whose.pop("none", None)
        return whose

    def _get_registration_list(self):
        """Return what the list of registrations consists of. Hook.

        :return: ``ListPage``
        """
        formats = self._get_formats()
        people_sudo = self._get_filter_people_sudo()
        return ListPage(
            url="/my/registrations",
            title=_("Registrations"),
            model="crm.deal.registration",
            domain=self._search_registrations(
                self._get_chosen_direction_domain("direction_id")
            ),
            columns=[
                Column("name", _("Registration"), lambda each: each.name),
                Column("customer", _("Company"), lambda each: each.customer_name),
                Column("state", _("Status"), self._show_registration_state),
                Column("protection", _("Protection"), self._show_protection),
                Column(
                    "submitted",
                    _("Submitted"),
                    lambda each: formats.moment(each.submitted_on),
                ),
                Column("author", _("Registered by"), lambda each: each.author_id.name),
                *self._get_registration_direction_columns(),
            ],
            record_url=lambda each: each._get_reseller_path(),
            sortings={
                "newest": {"label": _("Newest"), "order": "id desc"},
                "name": {"label": _("Name"), "order": "name, id"},
                "ends": {
                    "label": _("End of protection"),
                    "order": "lapses_on, id desc",
                },
            },
            filters=self._get_registration_filters(),
            groupings={
                "none": {"label": _("None")},
                "state": {
                    "label": _("Status"),
                    "order": "state",
                    "key": lambda each: self._show_registration_state(each).text,
                },
            },
            search=("name", "customer_name", "product_text", "requirements"),
            search_hint=_("Name, company, product"),
            date_field="create_date",
            date_label=_("Registered"),
            person_field="author_id",
            people=people_sudo,
            empty_text=_("No registrations yet."),
            empty_url="/my/registrations/new" if self._may_register() else "",
            empty_label=_("Register an opportunity"),
            none_found=_("No registration fits this search."),
            icon=ICON,
        )

    def _get_registration_direction_columns(self):
        """Return the column of the direction, for people who look at several.

        :return: list of ``Column``, one or none
        """
        return [
            Column(column.name, column.label, lambda each: each.direction_id.name)
            for column in self._get_direction_columns()
        ]

    def _get_registration_filters(self):
        """Return the saved views of the list. Hook."""
        soon = fields.Datetime.now() + timedelta(days=SOON)
        return {
            "all": {"label": _("All"), "domain": []},
            "open": {
                "label": _("Open"),
                "domain": [("state", "in", ("draft", "submitted", "returned"))],
            },
            "returned": {
                "label": _("Question"),
                "domain": [("state", "=", "returned")],
            },
            "ending": {
                "label": _("Expiring soon"),
                "domain": [
                    ("protection", "in", PROTECTED),
                    ("lapses_on", "<", soon),
                ],
            },
            "refused": {
                "label": _("Refused"),
                "domain": [("state", "in", ("rejected", "expired"))],
            },
        }

    def _show_registration_state(self, registration):
        """Return the state as the reseller reads it."""
        states = {
            "draft": _("Draft"),
            "submitted": _("Submitted"),
            "returned": _("We have a question"),
            "qualified": _("Qualified"),
            "rejected": _("Not accepted"),
            "expired": _("Expired"),
            "withdrawn": _("Withdrawn"),
        }
        return Cell(states[registration.state], badge=BADGES[registration.state])

    def _show_protection(self, registration):
        """Return whether and until when the deal is protected."""
        if registration.protection not in PROTECTED:
            ended = registration.protection == "lapsed"
            return Cell(_("Ended")) if ended else Cell()
        day = self._get_formats().moment(registration.lapses_on)
        if registration.protection == "provisional":
            return Cell(_("Provisional until %(day)s", day=day))
        return Cell(_("Until %(day)s", day=day))
