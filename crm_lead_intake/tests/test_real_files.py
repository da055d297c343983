from odoo.tests.common import tagged

from .common import IntakeCase


@tagged("post_install", "-at_install")
class TestRealFiles(IntakeCase):
    """Lists of leads as people keep them in spreadsheets."""

    def _load(self, fields, rows, user=None):
        leads = self.Lead.with_user(user or self.manager)
        result = leads.with_context(import_file=True).load(fields, rows)
        self.assertFalse(result["messages"])
        return self.Lead.browse(result["ids"])

    def test_placeholders(self):
        """A thousand customers without an address are not one customer."""
        for address in (
            *("none@none.com", "no@email.com", "test@test.com"),
            *("unknown@unknown.com", "noreply@shop.example"),
            *("keine@angabe.de", "inconnu@inconnu.fr", "test@gmail.com"),
        ):
            leads = self._load(
                ["name", "contact_name", "email_from"],
                [[f"{address} {n}", f"Person {n}", address] for n in range(3)],
            )
            self.assertEqual(len(set(leads.ids)), 3, address)

    def test_numbers_that_lost_their_plus_sign(self):
        germany = self.env.ref("base.de")
        first = self._lead(
            name="First", phone="+49 152 29350768", country_id=germany.id
        )
        for number in (
            *("4915229350768", "0152/29350768", "00491522 935 07 68"),
            "4915229350768.0",
        ):
            lead = self.Lead.with_user(self.agent).create(
                {"name": number, "phone": number, "country_id": germany.id}
            )
            self.assertEqual(lead, first, number)

    def test_numbers_that_lost_their_last_digits(self):
        """As many look alike, they say nothing of who a customer is."""
        germany = self.env.ref("base.de")
        leads = self._load(
            ["name", "contact_name", "phone", "country_id/.id"],
            [[f"Row {n}", f"Person {n}", "4.91523E+12", germany.id] for n in range(2)],
        )
        self.assertEqual(len(set(leads.ids)), 2)

    def test_the_other_way_round(self):
        germany = self.env.ref("base.de")
        first = self._lead(name="First", phone="4915229350768", country_id=germany.id)
        lead = self.Lead.with_user(self.agent).create(
            {"name": "Again", "phone": "+49 152 29350768"}
        )
        self.assertEqual(lead, first)

    def test_a_switchboard_is_no_proof(self):
        """Two firms in one house: a lead of its own, which names the likely twin."""
        first = self._lead(
            name="First",
            phone="+32 2 290 34 90",
            partner_name="Acme SA",
            contact_name="Pat Doe",
            email_from="pat@acme.example",
        )
        lead = self.Lead.with_user(self.agent).create(
            {
                "name": "Second",
                "phone": "02 290 34 90",
                "country_id": self.env.ref("base.be").id,
                "partner_name": "Zenith NV",
                "contact_name": "Ann Lee",
                "email_from": "ann@zenith.example",
            }
        )
        self.assertNotEqual(lead, first)
        told = " ".join(lead.message_ids.mapped("body"))
        self.assertIn("+3222903490", told)
        self.assertIn(first.name, told)

    def test_one_address_in_every_row(self):
        """The third customer puts it on the list, and the team is told."""
        leader = self._new_user("intake_leader", "sales_team.group_sale_manager")
        self.team.user_id = leader
        rows = [
            [f"Row {n}", f"Firm{n}", f"Person{n}", "office@reseller.example"]
            for n in range(4)
        ]
        leads = self._load(["name", "partner_name", "contact_name", "email_from"], rows)
        self.assertEqual(len(set(leads.ids)), 4)
        listed = self.env["crm.contact.generic"].search(
            [("name", "=", "office@reseller.example")]
        )
        self.assertEqual(listed.origin, "automatic")
        told = " ".join(leads.message_ids.mapped("body"))
        self.assertIn("office@reseller.example is used by several customers", told)

    def test_the_third_customer_of_one_address_one_by_one(self):
        create = self.Lead.with_user(self.agent).create
        address = "shared@house.example"
        first, second, third, fourth = (
            create({"name": name, "contact_name": name, "email_from": address})
            for name in ("Ann", "Bob", "Cas", "Dan")
        )
        self.assertEqual(first, second)
        self.assertEqual(len({first.id, third.id, fourth.id}), 3)

    def test_the_same_file_twice_changes_nothing(self):
        first = self._lead(
            name="Pumps",
            email_from="pat@example.com",
            user_id=self.manager.id,
            expected_revenue=500,
        )
        fields = ["id", "name", "email_from", "user_id", "expected_revenue"]
        rows = [["__import__.l1", "again", "pat@example.com", self.other.name, "99"]]
        told = []
        for __ in range(3):
            leads = self._load(fields, rows)
            self.assertEqual(leads, first)
            self.assertEqual(
                (first.name, first.user_id, first.expected_revenue),
                ("Pumps", self.manager, 500),
            )
            told.append(len(first.message_ids))
        self.assertEqual(told[0], told[2])
        self.assertEqual(first.contact_count, 1)
        self.assertIn(self.other.name, first.message_ids[0].body)

    def test_the_same_file_without_ids_twice(self):
        fields = ["name", "email_from", "function"]
        rows = [["Vans", "new@example.com", "Boss"]]
        lead = self._load(fields, rows)
        told = len(lead.message_ids)
        self.assertEqual(self._load(fields, rows), lead)
        self.assertEqual(len(lead.message_ids), told)

    def test_a_lead_that_an_import_made_is_updated_by_it(self):
        """What the file itself created it may correct."""
        fields = ["id", "name", "email_from"]
        lead = self._load(fields, [["__import__.own", "Vans", "own@example.com"]])
        self._load(fields, [["__import__.own", "Two vans", "own@example.com"]])
        self.assertEqual(lead.name, "Two vans")
