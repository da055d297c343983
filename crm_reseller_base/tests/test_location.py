"""Where a lead is: what the geolocation service says, and when that is forgotten."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ResellerCase

GHENT = (51.05, 3.72)


@tagged("post_install", "-at_install")
class TestLocation(ResellerCase):
    def answering(self, places):
        """Let the service, which is someone else's, know these cities only."""

        def geo_find(_self, address, **_options):
            found = (place for city, place in places.items() if city in address)
            return next(found, None)

        geocoder = self.env.registry["base.geocoder"]
        return patch.object(geocoder, "geo_find", geo_find)

    def assert_located(self, lead):
        self.assertAlmostEqual(lead.partner_latitude, GHENT[0])
        self.assertAlmostEqual(lead.partner_longitude, GHENT[1])

    def test_locate(self):
        lead = self.make_leads(city="Ghent", zip="9000")
        with self.answering({"Ghent": GHENT}):
            self.assertIs(lead.action_locate(), True)
        self.assert_located(lead)

    def test_what_is_found_is_kept(self):
        here, nowhere = self.make_leads(2)
        here.city = "Ghent"
        nowhere.write({"city": "Nowhere", "name": "Lost lead"})
        with self.answering({"Ghent": GHENT}):
            told = (here | nowhere).action_locate()
        self.assertEqual(told["params"]["message"], "No place was found for Lost lead.")
        self.assert_located(here)

    def test_nothing_found(self):
        lead = self.make_leads(city="Nowhere", name="Lost lead")
        with self.answering({}), self.assertRaisesRegex(UserError, "for Lost lead"):
            lead.action_locate()

    def test_a_merge_keeps_the_place_of_the_address_it_keeps(self):
        """Whichever of the two it is, never one's address with the other's place."""
        brussels = {"city": "Brussels", "zip": "1000"}
        lyon = {"city": "Lyon", "zip": "69001", "street": "Rue A 1"}
        place = {"partner_latitude": 50.85, "partner_longitude": 4.35}
        for first, second in (
            (lyon, {**brussels, **place}),
            ({**lyon, **place}, brussels),
            ({**brussels, **place}, lyon),
            (brussels, {**lyon, **place}),
        ):
            head, tail = (
                self.make_leads(type="opportunity", **values)
                for values in (first, second)
            )
            merged = (head | tail).merge_opportunity()
            kept = first if merged.city == first["city"] else second
            self.assertEqual(merged.street, kept.get("street", False))
            self.assertEqual(bool(merged.partner_latitude), "partner_latitude" in kept)

    def test_a_customer_elsewhere_brings_an_address_and_no_place(self):
        lead = self.make_leads(city="Ghent")
        lead.write({"partner_latitude": GHENT[0], "partner_longitude": GHENT[1]})
        lead.partner_id = self.env["res.partner"].create(
            {"name": "Lyon SA", "city": "Lyon", "zip": "69001"}
        )
        self.env.flush_all()
        self.assertEqual(lead.city, "Lyon")
        self.assertFalse(lead.partner_latitude)
        self.assertIsNone(lead._get_location())

    def test_the_customers_place_is_for_the_customers_address(self):
        customer = self.env["res.partner"].create(
            {
                "name": "Customer",
                "city": "Ghent",
                "country_id": self.belgium.id,
                "partner_latitude": GHENT[0],
                "partner_longitude": GHENT[1],
            }
        )
        lead = self.make_leads(partner_id=customer.id, city="Ghent")
        self.assertTrue(lead._get_location())
        lead.write({"city": "Lyon", "zip": "69001"})
        self.assertIsNone(lead._get_location())

    def test_another_address_forgets_the_place(self):
        lead = self.make_leads(
            city="Ghent", partner_latitude=GHENT[0], partner_longitude=GHENT[1]
        )
        lead.contact_name = "Somebody"
        self.assertTrue(lead.partner_latitude)
        lead.city = "Bruges"
        self.assertFalse(lead.partner_latitude or lead.partner_longitude)
