from odoo.tests import tagged

from .common import ResourceCase


@tagged("post_install", "-at_install")
class TestDeals(ResourceCase):
    """What fits a deal is on its page, and what is used is recorded with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Category = cls.env["product.category"]
        line = Category.create({"name": "Machines"})
        small = Category.create({"name": "Small machines", "parent_id": line.id})
        cls.product = cls.env["product.product"].create(
            {"name": "Pump P1", "categ_id": small.id}
        )
        cls.tag = cls.env["crm.tag"].create({"name": "Resource tag"})
        cls.by_tag = cls._create_resource("By tag", tag_ids=[(6, 0, cls.tag.ids)])
        cls.by_product = cls._create_resource(
            "By product", product_ids=[(6, 0, cls.product.ids)]
        )
        cls.by_line = cls._create_resource(
            "By line", product_category_ids=[(6, 0, line.ids)]
        )
        cls._create_resource("Of anything")
        cls.of_birch = cls._create_resource(
            "Of Birch",
            tag_ids=[(6, 0, cls.tag.ids)],
            audience_company_ids=[(6, 0, cls.birch.ids)],
        )

    def _suggested(self, deal, user=None):
        found = self.Resource._read_for_deal(deal.sudo(), user or self.anna)
        return {each["name"] for each in found}

    def test_what_fits(self):
        deal = self._create_deal(self.anna)
        self.assertEqual(self._suggested(deal), set())
        deal.tag_ids = self.tag
        self.assertEqual(self._suggested(deal), {"By tag"})
        deal.reseller_product_id = self.product
        self.assertEqual(self._suggested(deal), {"By tag", "By product", "By line"})
        milestones = self.env["crm.reseller.milestone"].create(
            [{"name": "Reached", "sequence": 900}, {"name": "Later", "sequence": 901}]
        )
        for milestone in milestones:
            self._create_resource(
                f"At {milestone.name}", milestone_ids=[(6, 0, milestone.ids)]
            )
        self.assertEqual(len(self._suggested(deal)), 3)
        deal.sudo()._write({"reseller_milestone_id": milestones[0].id})
        self.env.invalidate_all()
        deal.reseller_product_id = False
        self.assertEqual(self._suggested(deal), {"By tag", "At Reached"})
        deal.reseller_product_id = self.product
        self.by_tag.version_ids.with_user(self.editor).action_withdraw()
        self.assertEqual(self._suggested(deal), {"By product", "By line", "At Reached"})
        self._login(self.anna)
        page = self._get_main(self._get(f"/my/opportunities/{deal.id}"))
        self.assertIn("Resources for this deal", page)
        self.assertIn(f"/my/resources/{self.by_line.id}", page)
        self.assertNotIn("Of anything", page)

    def test_the_use_is_recorded_once(self):
        deal = self._create_deal(self.anna, tag_ids=[(6, 0, self.tag.ids)])
        page = f"/my/opportunities/{deal.id}"
        url = f"{page}/resources/{self.by_tag.id}"
        self._login(self.anna)
        self.assertIn("I used it", self._get(page).text)
        self._post(page, url, used="1")
        answer = self._post(page, url, used="1")
        self.assertIn("Used here", answer.text)
        self.assertIn("used in 1 deal", self._get_main(answer))
        use = deal.reseller_resource_use_ids
        self.assertEqual(use.version_id, self.by_tag.version_ids)
        self.assertEqual(use.partner_id, self.anna.partner_id)
        self.assertEqual((self.by_tag.use_count, self.by_tag.won_count), (1, 0))
        # what was used stays there, also when it fits no longer
        deal.tag_ids = False
        self.assertEqual(self._suggested(deal), {"By tag"})
        deal.action_set_won()
        self.env.invalidate_all()
        self.assertEqual((self.by_tag.use_count, self.by_tag.won_count), (1, 1))
        page_of_resource = self._get_main(self._get(f"/my/resources/{self.by_tag.id}"))
        self.assertRegex(page_of_resource, r"used in 1 deal\s*, 1 won")
        # a closed deal keeps what was recorded
        self._post("/my/security", url, 409, used="0")
        self.assertTrue(deal.reseller_resource_use_ids)
        self.assertEqual(
            self.by_tag.with_user(self.editor).action_view_uses()["domain"],
            [("id", "in", deal.ids)],
        )

    def test_undo(self):
        deal = self._create_deal(self.anna, tag_ids=[(6, 0, self.tag.ids)])
        url = f"/my/opportunities/{deal.id}/resources/{self.by_tag.id}"
        self._post_as(self.anna, url, used="1")
        self._post_as(self.anna, url, used="0")
        self.assertFalse(deal.reseller_resource_use_ids)

    def test_only_ones_own_deals_and_what_is_meant_for_one(self):
        deal = self._create_deal(self.anna, tag_ids=[(6, 0, self.tag.ids)])
        base = f"/my/opportunities/{deal.id}/resources"
        self._post_as(self.bob, f"{base}/{self.of_birch.id}", 404, used="1")
        self._post_as(self.anna, f"{base}/{self.of_birch.id}", 404, used="1")
        self._post_as(self.anna, f"{base}/2000000000", 404, used="1")
        self._post_as(self.anna, f"{base}/99999999999", 404, used="1")
        # merely opened, it changes nothing
        self._login(self.anna)
        self._get(f"{base}/{self.by_tag.id}?used=1")
        self._send(f"{base}/{self.by_tag.id}", 400, used="1")
        self.env.invalidate_all()
        self.assertFalse(deal.reseller_resource_use_ids)

    def test_a_deal_costs_one_statement_more(self):
        deal = self._create_deal(self.anna, tag_ids=[(6, 0, self.tag.ids)])
        self._suggested(deal)
        with self.assertQueryCount(1):
            self.Resource._read_for_deal(deal.sudo(), self.anna)
