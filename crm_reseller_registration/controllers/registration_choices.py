from odoo.http import request

from ..forms import RegistrationForm
from ..lib.tin import read_vat
from ..models.crm_reseller_portal_section import SECTION
from .registrations import ResellerRegistrations

SWITCHES = ("new_company", "new_contact")
CHOICES = (
    "direction_id",
    "product_id",
    "partner_id",
    "contact_id",
    "representative_id",
    "currency_id",
)


class ResellerRegistrationChoices(ResellerRegistrations):
    """What the form offers to choose from, and what its fields hold."""

    def _get_registration_choices(self, reseller_sudo, typed):
        """Return what the form offers to choose from.

        :param reseller_sudo: the reseller
        :param dict typed: what the fields hold, as text
        :return: dict of ``people``, ``company`` (the chosen one), ``contacts``,
            ``products``, ``free_product``, ``currencies``, ``settings`` (the
            company), ``required`` (names of fields) and ``directions``, see
            ``_get_registration_directions``
        """
        user = request.env.user
        settings = (
            reseller_sudo._get_reseller_company()
            or request.env["crm.lead"]._get_main_company()
        ).sudo()
        text = typed.get("partner_id") or ""
        known = text.isascii() and text.isdecimal() and len(text) <= 9
        company_id = int(text) if known else 0
        company_sudo = reseller_sudo._find_registration_company(company_id)
        return {
            "settings": settings,
            "required": self._get_required_fields("registration", settings),
            "directions": self._get_registration_directions(),
            "people": user._get_reseller_colleagues_sudo() | user.partner_id.sudo(),
            "company": company_sudo,
            "contacts": reseller_sudo._get_registration_contacts(company_sudo),
            "products": settings.reseller_registration_product_ids,
            "free_product": settings.reseller_registration_product_text,
            "currencies": request.env["res.currency"].sudo().search([])
            | settings.currency_id,
            "currency": settings.currency_id,
        }

    def _get_registration_directions(self):
        """Return the sales directions in which the visitor can register deals.

        :return: crm.reseller.direction, elevated, the home direction first; none for a
            company of no direction, and None where no portal of its directions shows
            registrations to the visitor
        """
        access = self._get_direction_access()
        shown = [
            direction
            for direction in access.directions
            if not access.enforced or access.shows(SECTION, direction)
        ]
        if access.directions and not shown:
            return None
        Direction = request.env["crm.reseller.direction"].sudo()
        # archived ones among them: they stay until the company is moved
        return Direction.with_context(active_test=False).browse(shown)

    def _get_first_direction(self, directions_sudo, asked):
        """Return the direction that the empty form has chosen.

        :param directions_sudo: crm.reseller.direction, see
            ``_get_registration_directions``
        :param asked: id, as the address has it, or nothing
        :return: id as text: the one asked for, else the one the visitor looks at, else
            the home direction
        """
        known = [str(direction) for direction in directions_sudo.ids]
        chosen = str(self._get_chosen_direction() or "")
        return next((one for one in (asked, chosen, *known) if one in known), "")

    def _get_number_rules(self, reseller_sudo, settings):
        """Return how tax numbers are read.

        :param reseller_sudo: the reseller
        :param settings: res.company, elevated
        :return: dict of arguments of ``RegistrationForm``
        """
        if settings.reseller_registration_vat != "country":
            return {}
        country = reseller_sudo.country_id or settings.country_id
        return {"read_number": lambda text: read_vat(text, country.code or "")}

    def _get_stored_registration(self, registration_sudo):
        """Return what the fields of a draft hold, as the form writes it."""
        if not registration_sudo:
            return {}
        formats = self._get_formats()
        typed = {
            name: registration_sudo[name] or ""
            for name in RegistrationForm.names
            if name in registration_sudo._fields
        }
        typed.update({name: "1" if typed[name] else "" for name in SWITCHES})
        typed.update(
            {name: str(typed[name].id) if typed[name] else "" for name in CHOICES}
        )
        day = registration_sudo.date_deadline
        typed["date_deadline"] = day.isoformat() if day else ""
        budget = registration_sudo.budget
        typed["budget"] = formats.number(budget) if budget else ""
        return typed
