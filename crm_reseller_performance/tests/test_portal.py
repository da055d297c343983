"""A reseller's own figures on the portal, and what it says about them."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_reseller_portal.tests.common import ResellerPortalCase

from ..controllers.performance_figures import NEEDED

PAGE = "/my/performance"


@tagged("post_install", "-at_install")
class TestPerformancePage(ResellerPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.boss = new_test_user(
            cls.env, "performance_boss", groups="sales_team.group_sale_manager"
        )

    def _offers(self, reseller, state, count=1, days=3, **values):
        made = fields.Datetime.now() - timedelta(days=days)
        leads = self.env["crm.lead"].create([{"name": "Pumps"}] * count)
        return self.env["crm.reseller.offer"].create(
            [
                {
                    "lead_id": lead.id,
                    "reseller_id": reseller.id,
                    "method": "manual",
                    "state": state,
                    "offered_on": made,
                    "answered_on": made + timedelta(hours=2),
                    "due_on": made + timedelta(hours=8),
                    "response_hours": 2,
                    **values,
                }
                for lead in leads
            ]
        )

    def test_own_figures_only(self):
        self._offers(self.alder, "accepted", 3)
        self._offers(self.alder, "declined", 1)
        self._offers(self.birch, "expired", 17)
        self._login(self.anna)
        main = self._get_main(self._get(PAGE))
        self.assertIn("75 %", main)
        self.assertNotIn("Birch", main)
        self.assertNotIn(">17<", main)
        self.assertIn("<svg", main)
        self._login(self.bob)
        self.assertIn(">17<", self._get_main(self._get(PAGE)))
        self._login(self.stranger)
        self._get(PAGE, 404)

    def test_every_number_opens_as_many_offers(self):
        self._offers(self.alder, "accepted", 3)
        self._offers(self.alder, "expired", 2)
        self._offers(self.alder, "accepted", 1, days=60)
        lead = self._create_lead(self.alder)
        self._login(self.anna)
        for key in sorted(NEEDED):
            self._get(f"{PAGE}/{key}/90")
        offers = self._get_main(self._get(f"{PAGE}/offers/90"))
        self.assertEqual(offers.count("/dispute?measure=offers"), 7)
        recent = self._get_main(self._get(f"{PAGE}/offers/30"))
        self.assertEqual(recent.count("/dispute?measure=offers"), 6)
        waiting = self._get_main(self._get(f"{PAGE}/waiting/30"))
        self.assertEqual(waiting.count("/dispute?measure=waiting"), 1)
        self.assertIn(lead.name, waiting)
        # a lead that is not the visitor's is not named
        self.assertNotIn("Pumps", offers)
        for wrong in ("nothing/90", "offers/91", "withdrawn/90", "offers/0"):
            self._get(f"{PAGE}/{wrong}", 404)

    def test_dispute(self):
        offers = self._offers(self.alder, "accepted", 1)
        late = self._offers(self.alder, "expired", 1)
        foreign = self._offers(self.birch, "expired", 1)
        self._login(self.anna)
        self.assertIn("50 %", self._get_main(self._get(PAGE)))
        url = f"{PAGE}/offer/{late.id}/dispute"
        page = self._post(url, url, 422, text=" ", measure="pick_rate")
        self.assertIn("Write what you want to say.", self._get_main(page))
        self._post(url, url, text="We answered by phone.", measure="pick_rate")
        dispute = self.env["crm.reseller.dispute"].search(
            [("offer_id", "in", (late | offers | foreign).ids)]
        )
        self.assertEqual(dispute.offer_id, late)
        self.assertEqual(dispute.author_id, self.anna.partner_id)
        self.assertEqual(dispute.measure_label, "Pick rate")
        # twice is once
        self._post(url, url, text="We answered by phone.")
        self.assertEqual(
            self.env["crm.reseller.dispute"].search_count([("offer_id", "=", late.id)]),
            1,
        )
        activity = late.lead_id.activity_ids
        self.assertIn("Alder Ltd disputes a figure", activity.summary)
        self.assertIn("Being looked at", self._get_main(self._get(PAGE)))
        dispute.with_user(self.boss).action_agree()
        self.assertFalse(late.lead_id.activity_ids)
        main = self._get_main(self._get(PAGE))
        self.assertIn("100 %", main)
        self.assertIn("Agreed: no longer counted", main)
        score = self.env["crm.reseller.score"].search(
            [("reseller_id", "=", self.alder.id)]
        )
        self.assertEqual(score._get_factor().parts[0].tally, (1, 1))
        # decided is decided
        page = self._post(url, url, 409, text="Again")
        self.assertIn("This was decided already.", page.text)
        for number in (foreign.id, 2**31, 2**31 - 1):
            self._get(f"{PAGE}/offer/{number}/dispute", 404)
            self._send(
                f"{PAGE}/offer/{number}/dispute",
                404,
                csrf_token=self._get_token(),
                text="x",
            )
        self.assertFalse(foreign.not_measured)

    def test_refused_dispute_says_why(self):
        late = self._offers(self.alder, "expired", 1)
        url = f"{PAGE}/offer/{late.id}/dispute"
        self._login(self.anna)
        self._post(url, url, text="<b>We</b> were ill.")
        dispute = self.env["crm.reseller.dispute"].search([("offer_id", "=", late.id)])
        with self.assertRaisesRegex(Exception, "Write an answer"):
            dispute.with_user(self.boss).action_refuse()
        dispute.answer = "The deadline was known."
        dispute.with_user(self.boss).action_refuse()
        main = self._get_main(self._get(PAGE))
        self.assertIn("Stays as it is", main)
        self.assertIn("The deadline was known.", main)
        self.assertIn("&lt;b&gt;We", main)
        self.assertFalse(late.not_measured)

    def test_way_to_the_next_level(self):
        higher = self.env["crm.reseller.level"].create(
            {"name": "Star", "sequence": self.level.sequence - 1}
        )
        self.env["crm.reseller.level.criterion"].create(
            {
                "level_id": higher.id,
                "measure": "pick_rate",
                "target": 80,
                "floor": 60,
                "window_days": 90,
            }
        )
        self._offers(self.alder, "accepted", 1)
        self._offers(self.alder, "expired", 1)
        self._login(self.anna)
        main = self._get_main(self._get(PAGE))
        self.assertIn("Pick rate: you have 50 %, Star needs 80 %.", main)
        self.assertIn("On the way to Star", main)
        # of as many days as the level looks at
        self.assertIn(f'href="{PAGE}/pick_rate/90"', main)
        criterion = higher.criterion_ids
        criterion.write({"measure": "answer_mean", "target": 1, "floor": 2})
        criterion.window_days = 45
        self._offers(self.alder, "accepted", 2, days=60)
        url = f"{PAGE}/answer_mean/45"
        self.assertIn(f'href="{url}"', self._get_main(self._get(PAGE)))
        offers = self._get_main(self._get(url))
        self.assertEqual(offers.count("/dispute?measure=answer_mean"), 1)
        self._get(f"{PAGE}/answer_mean/46", 404)
        self._get(f"{PAGE}/answer_mean/{10**12}", 404)
        self._create_lead(self.alder)
        self.assertIn("Answer the offer that waits", self._get_main(self._get(PAGE)))

    def test_words_for_newcomers(self):
        """Nobody reads dashes: without figures there are sentences."""
        higher = self.env["crm.reseller.level"].create(
            {"name": "Star", "sequence": self.level.sequence - 1}
        )
        fast, pick = self.env["crm.reseller.level.criterion"].create(
            [
                {
                    "level_id": higher.id,
                    "measure": measure,
                    "target": target,
                    "floor": floor,
                    "window_days": 90,
                    "sequence": number,
                }
                for number, (measure, target, floor) in enumerate(
                    (("answer_median", 4, 8), ("pick_rate", 80, 60))
                )
            ]
        )
        self._login(self.anna)
        main = self._get_main(self._get(PAGE))
        self.assertIn("Your figures begin with the next lead", main)
        self.assertIn(
            "Time to answer: Star needs at most 4 h. You have no figure yet.", main
        )
        self.assertNotIn(">Before<", main)
        self.assertIn("nothing yet", main)
        self.assertNotIn("–", main)
        fast.sequence = 9
        self.assertIn(
            "Pick rate: Star needs 80 %. You have no figure yet.",
            self._get_main(self._get(PAGE)),
        )
        # long ago
        offer = self._offers(self.alder, "expired", days=500)
        main = self._get_main(self._get(PAGE))
        self.assertIn("Your figures begin with the next lead", main)
        offer.offered_on = fields.Datetime.now() - timedelta(days=300)
        self.assertIn(
            "Nothing to count in these days. Choose a longer period.",
            self._get_main(self._get(PAGE)),
        )
        main = self._get_main(self._get(f"{PAGE}?period=365"))
        self.assertNotIn("Nothing to count", main)
        self.assertIn(">Before<", main)
        self.assertNotIn("Among the resellers", main)
        # with one offer that took too long
        pick.unlink()
        self._offers(self.alder, "declined", response_hours=6)
        self.assertIn(
            "Time to answer: you have 6 h, Star needs at most 4 h.",
            self._get_main(self._get(PAGE)),
        )

    def test_one_is_said_as_one(self):
        self.company.reseller_silent_days = 14
        self.level.update_days = 0
        offer = self._offers(self.alder, "accepted", days=40)
        offer.lead_id._write_offer_vals(
            {
                "reseller_id": self.alder.id,
                "reseller_state": "accepted",
                "reseller_worked_on": offer.answered_on,
            }
        )
        self._login(self.anna)
        self.assertIn(
            "Write how it goes with the lead you were silent about.",
            self._get_main(self._get(PAGE)),
        )
        self.level.update_days = 1
        self.assertIn(
            "Write a word on the open lead that waits for one. At your level a word is "
            "expected every day.",
            self._get_main(self._get(PAGE)),
        )
        self.level.update_days = 7
        self.assertIn("expected every 7 days.", self._get_main(self._get(PAGE)))
        written = self.env["crm.reseller.measure"]._format_value
        self.assertEqual(written("days", 1.0), "1 day")
        self.assertEqual(written("days", 1.5), "1.5 days")
        # what is rounded to a whole number is written as one
        self.assertEqual(written("days", 12.96), "13 days")
        self.assertEqual(written("percent", 66.66), "66.7 %")

    def test_level_at_risk_can_be_answered(self):
        review = self.env["crm.reseller.level.review"].create(
            {
                "reseller_id": self.alder.id,
                "level_id": self.level.id,
                "proposed_level_id": self.env.ref("crm_reseller_base.level_bronze").id,
                "direction": "down",
                "evidence": "[]",
            }
        )
        url = f"{PAGE}/level/{review.id}/answer"
        self._login(self.anna)
        # not told yet
        self._get(url, 404)
        review.with_user(self.boss).action_warn()
        self.assertIn("Your level is at risk", self._get_main(self._get(PAGE)))
        self._post(url, url, text="Two people were ill.")
        self.assertEqual(review.answer, "Two people were ill.")
        self.assertEqual(review.answered_by_id, self.anna.partner_id)
        self._post_as(self.bob, url, 404, text="No")
        self.assertEqual(review.answer, "Two people were ill.")

    def test_factor_with_its_parts(self):
        self.company.reseller_weight_by_performance = True
        self._offers(self.alder, "accepted", 12)
        self._offers(self.birch, "expired", 12)
        self.env["crm.reseller.score"].sudo()._update_scores()
        self._login(self.anna)
        main = self._get_main(self._get(PAGE))
        self.assertIn("Your performance factor", main)
        self.assertIn("100 % of 12", main)
        # each part opens the offers it counts
        for part, days, number in (
            ("acceptance", 90, 12),
            ("reliability", 90, 12),
            ("speed", 90, 12),
            ("conversion", 180, 0),
            ("silence", 180, 0),
        ):
            url = f"{PAGE}/factor_{part}/{days}"
            self.assertIn(f'href="{url}"', main)
            offers = self._get_main(self._get(url))
            self.assertEqual(offers.count("/dispute?measure="), number, part)
        self._get(f"{PAGE}/factor_speed/180", 404)
        self._get(f"{PAGE}/factor_luck/90", 404)
        self.company.reseller_weight_by_performance = False
        self.assertNotIn("performance factor", self._get_main(self._get(PAGE)))
        self._get(f"{PAGE}/factor_speed/90", 404)

    def test_page_is_cheap(self):
        def cost():
            self._get(PAGE)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            response = self._get(PAGE)
            self.assertLess(len(response.content), 45_000)
            return self.cr.sql_log_count - before - 2

        self.env["crm.reseller.score"].sudo()._update_scores()
        self._login(self.anna)
        few = cost()
        self._offers(self.alder, "accepted", 30)
        self._offers(self.birch, "accepted", 30)
        self.assertLessEqual(cost(), few)
        self.assertLessEqual(few, 20)
