"""The customer's data on a deal."""

import re

from odoo import _
from odoo.tools import single_email_re

from .base import LINE_LENGTH, Form

PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-]{2,38}[0-9]( ?(ext|x)\.? ?[0-9]{1,6})?", re.I)
TEXT_FIELDS = (
    "contact_name",
    "partner_name",
    "function",
    "email_from",
    "phone",
    "street",
    "street2",
    "zip",
    "city",
)
PLACE_FIELDS = ("country_id", "state_id")


class ContactForm(Form):
    """The customer's data as the reseller knows it.

    ``values``: the fields of ``TEXT_FIELDS`` (str or False) and ``PLACE_FIELDS`` (int
    or False) that were changed.
    """

    names = TEXT_FIELDS + PLACE_FIELDS

    def parse(self, countries=(), states=None):
        """Read what was changed.

        :param countries: ids of all countries
        :param dict states: country's id by the id of the state that was sent
        """
        states = states or {}
        for name in TEXT_FIELDS:
            if name == "phone":
                self._read_phone()
            else:
                self.read_line(name)
        email = self.values["email_from"]
        if email and not single_email_re.match(email):
            self.errors["email_from"] = _("This is not an e-mail address.")
        if not (self.values["contact_name"] or self.values["partner_name"]):
            self.errors.setdefault(
                "contact_name", _("Enter the contact's or the company's name.")
            )
        self._read_place(countries, states)
        self.values = {
            name: value or False
            for name, value in self.values.items()
            if not self.is_untouched(name)
        }

    def _read_phone(self):
        """A number may begin with a plus sign: nothing but a number may."""
        text = self.typed.get("phone", "")
        self.values["phone"] = text
        if len(text) > LINE_LENGTH or (text and not PHONE.fullmatch(text)):
            self.errors["phone"] = _("This is not a phone number.")

    def _read_place(self, countries, states):
        """Read country and state, and check that they belong together.

        :param set countries: ids to choose from
        :param dict states: id of the country by id of the state
        """
        sentence = _("Choose one of the list.")
        for name, choices in (("country_id", countries), ("state_id", states)):
            self.values[name] = None
            if self.typed.get(name):
                self.read_choice(name, choices, sentence)
        state_id = self.values["state_id"]
        if state_id and states[state_id] != self.values["country_id"]:
            self.errors["state_id"] = _("This state is in another country.")
