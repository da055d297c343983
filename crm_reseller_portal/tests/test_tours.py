from odoo.tests import tagged

from .common import ResellerPortalCase


class ToursCase(ResellerPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.write(
            {
                "can_convert": True,
                "can_edit_opportunity": True,
                "can_report_outcome": True,
            }
        )

    def _play(self, tour, url, user):
        self.start_tour(url, tour, login=user.login, timeout=120)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestTours(ToursCase):
    """What resellers do, in a real browser."""

    def test_decline_with_reason(self):
        lead = self._create_lead(self.alder, name="Tour pumps")
        self._play("crm_reseller_portal_decline", "/my/leads", self.anna)
        offer = lead.reseller_offer_ids
        self.assertEqual(offer.state, "declined")
        self.assertEqual(offer.decline_reason_id, self.reason)
        self.assertEqual(offer.comment, "Too far north")
        self.assertTrue(offer.contacted)

    def test_a_colleague_takes_over(self):
        deal = self._create_deal(self.anna, name="Tour pumps")
        self.assertEqual(deal.reseller_contact_id, self.anna.partner_id)
        self._play("crm_reseller_portal_hand_over", "/my/opportunities", self.sue)
        self.assertEqual(deal.reseller_contact_id, self.ben.partner_id)
        self._login(self.anna)
        self._get(f"/my/opportunities/{deal.id}", 404)
        self._play("crm_reseller_portal_take_over", "/my/opportunities", self.ben)
        note = deal.message_ids.filtered(lambda m: "I call them" in (m.body or ""))
        self.assertEqual(note.author_id, self.ben.partner_id)


@tagged("post_install", "-at_install")
class TestPhoneTours(ToursCase):
    """From the home page to the won deal, on a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_accept_convert_work_report_won(self):
        lead = self._create_lead(self.alder, name="Tour pumps")
        self._play("crm_reseller_portal_win", "/my/home", self.anna)
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.reseller_contact_id, self.anna.partner_id)
        self.assertEqual(lead.expected_revenue, 12500)
        self.assertEqual(lead.probability, 60)
        self.assertEqual(lead.reseller_step_note, "Visit the works")
        report = lead.reseller_outcome_ids
        self.assertEqual(report.outcome, "won")
        self.assertEqual(report.order_reference, "SO-4711")
        self.assertEqual(report.author_id, self.anna.partner_id)
        self.assertFalse(lead.stage_id.is_won)
        lead.with_user(self.salesman).action_confirm_reseller_outcome()
        self.assertTrue(lead.stage_id.is_won)
        self._login(self.anna)
        page = self._get(f"/my/opportunities/{lead.id}")
        self.assertIn("This deal is won", self._get_main(page))
