"""The form to register a deal, and the small forms of its page."""

from datetime import timedelta

from odoo import _
from odoo.tools import single_email_re

from odoo.addons.crm_contact_keys.lib.texts import domain_of
from odoo.addons.crm_reseller_portal.forms import Form
from odoo.addons.crm_reseller_portal.forms.base import LINE_LENGTH
from odoo.addons.crm_reseller_portal.forms.contact import PHONE

from ..lib.tin import read_tin

DECADE = timedelta(days=3650)
LONGEST_EXTENSION = 365
LONGEST_NUMBER = 3
COMPANY_FIELDS = ("company_name", "website", "vat")
PERSON_FIELDS = ("first_name", "last_name", "middle_name", "email", "phone")


class RegistrationForm(Form):
    """What a reseller says of a deal.

    ``values``: the fields of ``crm.deal.registration`` (``FORM_FIELDS`` there), besides
    ``comment`` (str) and ``documents`` (pairs of name and content). What the switches
    hide is read as empty.
    """

    names = (
        "name",
        "direction_id",
        "product_id",
        "product_text",
        "new_company",
        "partner_id",
        "company_search",
        *COMPANY_FIELDS,
        "new_contact",
        "contact_id",
        *PERSON_FIELDS,
        "representative_id",
        "budget",
        "currency_id",
        "date_deadline",
        "requirements",
        "comment",
    )

    def parse(
        self,
        people=(),
        companies=(),
        contacts=(),
        products=(),
        directions=(),
        free_product=True,
        currencies=(),
        symbols=(),
        uploads=(),
        complete=True,
        read_number=read_tin,
    ):
        """Read what was filled in.

        :param people: ids of the people of the reseller
        :param companies: ids of the companies the visitor found
        :param contacts: ids of the contacts of the chosen company
        :param products: ids of the products to choose from
        :param directions: ids of the sales directions to choose from; of fewer than two
            none is chosen
        :param bool free_product: whether another product can be typed
        :param currencies: ids of the currencies to choose from
        :param symbols: signs and names of these currencies
        :param uploads: list of ``Upload``
        :param bool complete: whether all that is mandatory has to be there; a draft
            can do without
        :param read_number: function of a tax number as it was typed that returns it as
            it is kept, or nothing when it is none
        """
        self.complete = complete
        self.read_number = read_number
        self.products = products
        self.read_documents("documents", uploads)
        self._read_required("name", _("Give the deal a name."))
        self.values["direction_id"] = directions[0] if directions else False
        if len(directions) > 1:
            self._read_optional_choice(
                "direction_id",
                directions,
                _("Choose a sales direction."),
                required=True,
            )
        self._read_product(products, free_product)
        self._read_company(companies)
        self._read_contact(contacts)
        self._read_optional_choice(
            "representative_id",
            people,
            _("Choose who represents your company."),
            required=True,
        )
        self._read_budget(currencies, symbols)
        self.values["date_deadline"] = False
        if self.typed.get("date_deadline"):
            today = self.formats.today
            self.read_day("date_deadline", earliest=today, latest=today + DECADE)
        self.read_text("requirements")
        self.read_text("comment")

    def is_filled(self, name):
        if not self.complete:
            return True
        if name == "product_id":
            return bool(self.values["product_id"] or self.values["product_text"])
        if name in PERSON_FIELDS and not self.values["new_contact"]:
            return True  # it is not asked for
        return super().is_filled(name)

    def _read_required(self, name, sentence):
        if not self.read_line(name) and self.complete:
            self.errors[name] = sentence
        return self.values[name]

    def _read_optional_choice(self, name, choices, sentence, required=False):
        self.values[name] = False
        if self.typed.get(name):
            self.read_choice(name, choices, sentence)
        elif required and self.complete:
            self.errors[name] = sentence

    def _read_product(self, products, free_product):
        sentence = _("Choose one of the list.")
        self._read_optional_choice("product_id", products, sentence)
        self.values["product_text"] = ""
        if free_product:
            self.read_line("product_text")

    def _read_company(self, companies):
        new = self.values["new_company"] = bool(self.typed.get("new_company"))
        self.values.update(dict.fromkeys(COMPANY_FIELDS, ""), partner_id=False)
        if not new:
            self._read_optional_choice(
                "partner_id",
                companies,
                _("Search for the company and choose it, or tick New company."),
                required=True,
            )
            return
        self._read_required("company_name", _("Enter the company's name."))
        website = self._read_required("website", _("Enter the company's website."))
        if website and not domain_of(website):
            self.errors["website"] = _(
                "This is not a web address. Write it like www.example.com."
            )
        number = self._read_required("vat", _("Enter the company's TIN."))
        if number:
            self.values["vat"] = self.read_number(number)
            if not self.values["vat"]:
                self.errors["vat"] = (
                    _("A TIN has 9, 10 or 12 digits.")
                    if self.read_number is read_tin
                    else _("This is not a valid tax number of the country.")
                )

    def _read_contact(self, contacts):
        new = self.values["new_contact"] = bool(self.typed.get("new_contact"))
        self.values.update(dict.fromkeys(PERSON_FIELDS, ""), contact_id=False)
        if not new:
            self._read_optional_choice(
                "contact_id",
                contacts,
                _("Choose a contact of the company, or tick New contact."),
                required=True,
            )
            return
        self._read_required("first_name", _("Enter the contact's first name."))
        self._read_required("last_name", _("Enter the contact's last name."))
        self.read_line("middle_name")
        email = self.read_line("email")
        if email and not single_email_re.match(email):
            self.errors["email"] = _("This is not an e-mail address.")
        phone = self.typed.get("phone", "")
        self.values["phone"] = phone
        if len(phone) > LINE_LENGTH or (phone and not PHONE.fullmatch(phone)):
            self.errors["phone"] = _("This is not a phone number.")

    def _read_budget(self, currencies, symbols):
        self.values["budget"] = 0.0
        if self.typed.get("budget"):
            self.read_amount("budget", symbols)
        if self.typed.get("currency_id"):
            self.read_choice("currency_id", currencies, _("Choose one of the list."))


class WithdrawForm(Form):
    """Why a reseller withdraws a registration.

    ``values``: ``reason`` (str).
    """

    names = ("reason",)

    def parse(self):
        """Read the reason, which must be there."""
        if not self.read_text("reason"):
            self.errors["reason"] = _("Please say why you withdraw the registration.")


class AnswerForm(Form):
    """The answer to the team's question, from a mail.

    ``values``: ``answer`` (str).
    """

    names = ("answer",)

    def parse(self):
        """Read the answer, which must be there."""
        if not self.read_text("answer"):
            self.errors["answer"] = _("Please write your answer.")


class ExtensionForm(Form):
    """For how many more days, and why.

    ``values``: ``days`` (int) and ``reason`` (str).
    """

    names = ("days", "reason")

    def parse(self):
        """Read both, which must be there."""
        if not self.read_text("reason"):
            self.errors["reason"] = _("Please say why you need more time.")
        text = self.typed.get("days", "")
        plain = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
        number = int(text) if plain else 0
        self.values["days"] = number
        if not 0 < number <= LONGEST_EXTENSION:
            self.errors["days"] = _(
                "Enter a number of days from 1 to %(limit)s.", limit=LONGEST_EXTENSION
            )
