from odoo.tests.common import BaseCase

from ..lib.customers import Customer, compare
from ..lib.phones import read_number, read_numbers
from ..lib.texts import (
    compatible_names,
    domain_of,
    normalise_emails,
    normalise_name,
    normalise_vat,
)


class TestTexts(BaseCase):
    """Names, numbers and addresses as they are compared; without a database."""

    def test_names_lose_accents_and_legal_forms(self):
        for one, other in (
            ("Rhône Matériel SAS", "RHONE MATERIEL"),
            ("Nordkran GmbH & Co. KG", "Nordkran"),
            ("Kempisch Materieel N.V.", "kempisch materieel nv"),
            ("Łódź Sp. z o.o.", "Lodz"),
            ("Straße 7 AG", "STRASSE 7"),
            ("S.A. Carrières du Samson", "Carrieres du Samson"),
        ):
            self.assertEqual(normalise_name(one), normalise_name(other), one)

    def test_a_name_of_legal_forms_alone_is_kept(self):
        self.assertEqual(normalise_name("SAS"), "sas")
        self.assertEqual(normalise_name(" - "), "")

    def test_names_that_may_be_the_same(self):
        self.assertTrue(compatible_names("acme", "acme belgium"))
        self.assertTrue(compatible_names("", "acme"))
        self.assertFalse(compatible_names("acme pumps", "acme cranes"))

    def test_tax_numbers(self):
        self.assertEqual(normalise_vat("be 0477.472.701"), "BE0477472701")
        self.assertEqual(normalise_vat("n/a"), "")

    def test_addresses(self):
        text = '"Jo, Doe" <Jo.Doe@Example.com>, second@example.org; nonsense'
        self.assertEqual(
            normalise_emails(text), ["jo.doe@example.com", "second@example.org"]
        )
        self.assertEqual(domain_of("Pat@Example.com"), "example.com")
        self.assertEqual(domain_of("https://www.Example.com:8080/about"), "example.com")
        self.assertEqual(domain_of("localhost"), "")


class TestPhones(BaseCase):
    """Every spelling of a number is one number."""

    def test_the_plus_sign_that_a_spreadsheet_drops(self):
        wanted = "+4915229350768"
        for text in ("4915229350768", "+49 152 29350768", "0152 29350768", wanted):
            self.assertEqual(read_number(text, "DE"), wanted, text)
        self.assertEqual(read_number("004915229350768"), wanted)
        self.assertEqual(read_number("4915229350768", "BE"), wanted)

    def test_a_number_that_a_spreadsheet_took_for_an_amount(self):
        wanted = "+4915229350768"
        for text in ("4915229350768.0", "4.915229350768E+12", "4,915229350768e12"):
            self.assertEqual(read_number(text, "DE"), wanted, text)
            self.assertEqual(read_numbers(text.replace(",", "."), "DE"), [wanted])
        for text in ("4.91523E+12", "4.9E12", "5E+12", "4.9152293508E+12"):
            self.assertEqual(read_number(text, "DE"), "", "digits are lost")

    def test_a_local_number_that_begins_like_a_country_code(self):
        """32 is Belgium's code; this is a number of Liège with its area code."""
        self.assertEqual(read_number("042 32 12 34 56"[:12], "BE")[:3], "+32")

    def test_nonsense(self):
        for text in ("", None, "nonsense", "123", "000000000000"):
            self.assertEqual(read_number(text, "BE"), "", text)

    def test_several_in_one_cell(self):
        self.assertEqual(
            read_numbers("+32 470 12 34 56 / +32 471 00 00 01".replace("/", ";"), "BE"),
            ["+32470123456", "+32471000001"],
        )


class TestCompare(BaseCase):
    """What agrees is weighed against what does not."""

    def test_an_address_proves(self):
        one = Customer(emails=("a@b.example",), contact="jo doe", phones=("+321",))
        other = Customer(emails=("a@b.example",), contact="ann", phones=("+322",))
        match = compare(one, other)
        self.assertTrue(match.is_proof)
        self.assertEqual(match.reasons, (("email", "a@b.example"),))
        self.assertEqual(match.disagreements, ("phone", "contact"))

    def test_an_address_in_every_row_does_not(self):
        one = Customer(emails=("a@b.example",), company="acme", contact="jo")
        other = Customer(emails=("a@b.example",), company="zenith", contact="ann")
        self.assertEqual(compare(one, other).strength, "likely")

    def test_a_switchboard_does_not(self):
        one = Customer(
            phones=("+321",), company="acme", contact="jo", domain="acme.example"
        )
        other = Customer(
            phones=("+321",), company="zenith", contact="ann", domain="z.example"
        )
        self.assertEqual(compare(one, other).strength, "likely")
        self.assertTrue(compare(one, Customer(phones=("+321",))).is_proof)

    def test_a_name_is_weak(self):
        match = compare(Customer(company="acme"), Customer(company="acme"))
        self.assertEqual(match.strength, "weak")
        self.assertEqual(compare(Customer(), Customer()).strength, "none")

    def test_keys_are_what_proves(self):
        customer = Customer(
            emails=("a@b.example",), phones=("+321",), vat="BE1", domain="b.example"
        )
        self.assertEqual(customer.keys, ("vat:BE1", "email:a@b.example", "phone:+321"))
