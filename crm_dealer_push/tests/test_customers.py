from odoo.tests import BaseCase, tagged

from ..lib.customers import Customer, find_same, mail, phone_tail, same_phone

ANNA = Customer(name="Anna Keller", email="anna@example.com", phone="+32 470 12 34 56")


@tagged("post_install", "-at_install")
class TestCustomers(BaseCase):
    def _find(self, wanted, *candidates):
        return find_same(wanted, enumerate(candidates, 1))

    def test_our_reference_beats_everything(self):
        wanted = Customer(name="Anna Keller-Müller", reference="CRM-1")
        self.assertEqual(
            self._find(wanted, ANNA, Customer(name="Anna Keller", reference="CRM-1")), 2
        )

    def test_a_reference_given_out_again(self):
        """After a restored backup: everything else says that it is someone else."""
        old = Customer(name="Bob Old", email="bob@example.com", reference="CRM-1")
        new = Customer(name="Eve New", email="eve@example.com", reference="CRM-1")
        self.assertEqual(self._find(new, old), 0)
        # one of them changed is a person who moved or married
        for same in (
            Customer(name="Bob Old", email="new@example.com", reference="CRM-1"),
            Customer(name="Bob New", email="bob@example.com", reference="CRM-1"),
        ):
            self.assertEqual(self._find(same, old), 1)

    def test_same_mail_same_person(self):
        for name in ("anna KELLER", "Keller, Anna", "Anna  Keller"):
            wanted = Customer(name=name, email="Anna <ANNA@example.com>")
            self.assertEqual(self._find(wanted, ANNA), 1, name)

    def test_shared_mail_is_no_proof(self):
        for name in ("Bob Keller", "Anna", "Anna Maria Keller"):
            wanted = Customer(name=name, email="anna@example.com")
            self.assertEqual(self._find(wanted, ANNA), 0, name)

    def test_a_person_is_no_company(self):
        wanted = Customer(name="Anna Keller", email="anna@example.com", is_company=True)
        self.assertEqual(self._find(wanted, ANNA), 0)

    def test_same_phone_same_name(self):
        for number in ("0470/12.34.56", "+32470123456", "0032 470 12 34 56"):
            wanted = Customer(name="Anna Keller", phone=number)
            self.assertEqual(self._find(wanted, ANNA), 1, number)

    def test_another_mail_beats_the_same_phone(self):
        wanted = Customer(
            name="Anna Keller", email="other@example.com", phone="+32 470 12 34 56"
        )
        self.assertEqual(self._find(wanted, ANNA), 0)

    def test_name_and_company(self):
        here = Customer(name="Jo Vale", company="Vale Ltd")
        there = Customer(name="Vale Jo", company="VALE LTD.")
        self.assertEqual(self._find(here, there), 1)
        self.assertEqual(self._find(here, Customer(name="Jo Vale", company="Dale")), 0)
        self.assertEqual(self._find(here, Customer(name="Jo Vale")), 0)
        # two that fit: no one can tell which
        self.assertEqual(self._find(here, there, there), 0)

    def test_name_alone_is_nothing(self):
        self.assertEqual(
            self._find(Customer(name="Jo Vale"), Customer(name="Jo Vale")), 0
        )

    def test_the_oldest_of_the_same_is_taken(self):
        found = find_same(ANNA, [(9, ANNA), (4, ANNA), (7, ANNA)])
        self.assertEqual(found, 4)

    def test_parts(self):
        self.assertEqual(mail('"Keller" <Anna@Example.com>'), "anna@example.com")
        self.assertEqual(mail("none"), "")
        self.assertEqual(phone_tail("123 45"), "")
        self.assertFalse(same_phone("", ""))
        self.assertFalse(same_phone("+32 470 12 34 56", "+33 470 12 34 56"))
