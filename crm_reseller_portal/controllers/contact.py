from odoo import _
from odoo.http import request

from ..forms import ContactForm
from ..forms.contact import PLACE_FIELDS, TEXT_FIELDS
from .records import ResellerRecords
from .routes import reseller_record_route


class ResellerContact(ResellerRecords):
    """The customer's data on a deal."""

    @reseller_record_route(
        "/my/opportunities/<int:lead_id>/contact",
        methods=["POST"],
        form="_render_contact",
        operation="contact",
    )
    def reseller_contact(self, lead_sudo, show_states="", **post):
        """Change the customer's data on a deal.

        :param lead_sudo: crm.lead, elevated
        :param str show_states: filled when only the states of the chosen country are
            asked for
        :param post: what the form sent
        :return: response
        """
        if not self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        State = request.env["res.country.state"].sudo()
        text = post.get("state_id") or ""
        known = text.isascii() and text.isdecimal() and len(text) <= 9
        states = State.search([("id", "=", int(text))]) if known else State
        form = ContactForm(
            post,
            self._get_formats(),
            countries=set(request.env["res.country"].sudo().search([]).ids),
            states={state.id: state.country_id.id for state in states},
        )
        if show_states or form.errors:
            errors = {} if show_states else form.errors
            return self._render_contact(lead_sudo, errors=errors, typed=form.typed)
        lead_sudo._reseller_correct_contact(form.values)
        return self._redirect_to_record(lead_sudo, "saved")

    def _render_contact(self, lead_sudo, errors=None, typed=None, **post):
        """Show the form with the customer's data.

        :param lead_sudo: crm.lead, elevated
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        if not self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        if not lead_sudo.reseller_id.reseller_level_id.can_edit_opportunity:
            return self._render_refused(
                _("Your level does not allow editing contacts."), lead_sudo
            )
        shown = {name: str(lead_sudo[name] or "") for name in TEXT_FIELDS}
        shown.update({name: str(lead_sudo[name].id or "") for name in PLACE_FIELDS})
        typed = {**shown, **(typed or {})}
        countries = request.env["res.country"].sudo().search([])
        country = countries.filtered(lambda c: str(c.id) == typed["country_id"])
        State = request.env["res.country.state"].sudo()
        view = lead_sudo._get_reseller_view()
        values = self._prepare_reseller_values(
            self._get_reseller_or_404(),
            "reseller_opportunity",
            _("Edit contact details"),
            [
                {"label": _("Opportunities"), "url": "/my/opportunities"},
                {"label": view["title"], "url": lead_sudo._get_reseller_path()},
            ],
        )
        values.update(
            lead=lead_sudo,
            view=view,
            typed=typed,
            before={name: typed.get(f"was_{name}", shown[name]) for name in shown},
            errors=errors or {},
            countries=countries,
            states=State.search([("country_id", "=", country.id)])
            if country
            else State,
            contact_fields=self._get_contact_fields(),
        )
        return self._render_reseller_page(
            "crm_reseller_portal.portal_opportunity_contact", values
        )

    def _get_contact_fields(self):
        """The text fields of the form.

        :return: list of dict with ``name``, ``label`` and, if not plain text, ``type``
        """
        return [
            {"name": "contact_name", "label": _("Contact")},
            {"name": "partner_name", "label": _("Company")},
            {"name": "function", "label": _("Job Position")},
            {"name": "email_from", "label": _("E-mail"), "type": "email"},
            {"name": "phone", "label": _("Phone"), "type": "tel"},
            {"name": "street", "label": _("Street")},
            {"name": "street2", "label": _("Street, second line")},
            {"name": "zip", "label": _("Zip code")},
            {"name": "city", "label": _("City")},
        ]
