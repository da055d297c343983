from odoo.tests.common import tagged

from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestAddresses(ResellerCase):
    def test_people_of_resellers_are_no_customers(self):
        """A person of a reseller, and the reseller itself; nobody else."""
        level = self.env["crm.reseller.level"].search([], limit=1)
        reseller = self.env["res.partner"].create(
            {
                "name": "Forwarding Ltd",
                "is_company": True,
                "email": "office@forwarding.example",
                "reseller_level_id": level.id,
                "child_ids": [
                    (0, 0, {"name": "Kim", "email": "Kim@Forwarding.example"})
                ],
            }
        )
        self.assertTrue(reseller.child_ids)
        ours = {"office@forwarding.example", "kim@forwarding.example"}
        found = self.env["crm.lead"]._get_unproving_addresses(
            {*ours, "pat@customer.example"}
        )
        self.assertEqual(found, ours)
