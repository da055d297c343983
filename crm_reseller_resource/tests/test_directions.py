from odoo.tests import tagged

from .common import ResourceCase


@tagged("post_install", "-at_install")
class TestDirections(ResourceCase):
    """Portals of sales directions show resources, to those they are meant for."""

    def test_portals_decide_about_resources_and_the_matrix_counts_them(self):
        north, south = self.env["crm.reseller.direction"].create(
            [{"name": "North"}, {"name": "South"}]
        )
        self.alder.reseller_direction_ids = north
        self.birch.reseller_direction_ids = south
        self._create_resource("For all")
        self._create_resource(
            "For the south", audience_direction_ids=[(6, 0, south.ids)]
        )
        Portal = self.env["crm.reseller.portal"]
        portal = Portal.create(
            {"direction_id": north.id, "path": "resources-north", "active": True}
        )
        self.assertEqual(self._seen_by(self.anna), set(), "its portal has no sections")
        self._login(self.anna)
        self._get("/my/resources", 404)
        Portal._add_section_everywhere("reseller_resources")
        Portal._add_section_everywhere("reseller_resources")
        self.assertEqual(portal.section_ids.mapped("key"), ["reseller_resources"])
        self.assertEqual(self._seen_by(self.anna), {"For all"})
        page = self._get("/my/resources").text
        self.assertIn("For all", page)
        self.assertNotIn("For the south", page)
        self.assertEqual(self._seen_by(self.bob), {"For all", "For the south"})
        Matrix = self.env["crm.reseller.access.matrix"]
        for user, count in ((self.anna, 1), (self.bob, 2)):
            cells = {cell["key"]: cell for cell in Matrix._read_access(user)}
            self.assertEqual(cells["resources"]["count"], count)
            self.assertEqual(cells["resources"]["leaks"], 0)
