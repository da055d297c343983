from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import OnboardingCase

# of a whole request: SQL statements, and bytes of the page
LIMIT = 20
BYTES = 45_000


@tagged("post_install", "-at_install")
class TestOnboardingPages(OnboardingCase):
    """What a newcomer's people see, and nobody else."""

    def _measure(self, url):
        """Return the statements and bytes of a page that was opened before."""
        self._get(url)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        response = self._get(url)
        # a request of a test runs between a savepoint and its release
        return self.cr.sql_log_count - before - 2, len(response.content)

    def test_the_checklist(self):
        agreement = self._publish_agreement()
        done = self._add_step("profile", profile_field="phone", name="Give a number")
        self._add_step(
            "agreement", agreement_id=agreement.id, name="Sign", description="Why so"
        )
        self._add_step(name="Talk to us")
        self._begin()
        self.alder.phone = "+32 2 290 34 90"
        self._login(self.anna)
        home = self._get_main(self._get("/my/home"))
        self.assertIn("Your first steps", home)
        self.assertIn("1 of 3 steps are done", home.replace("</t>", ""))
        self.assertIn("You may hold 2 open leads at once. Finish “Sign” for one", home)
        self.assertIn(f'href="/my/agreements/{agreement.id}"', home)
        self.assertNotIn("Give a number", home, "what is done needs no place")
        page = self._get_main(self._get("/my/onboarding"))
        self.assertIn("Give a number", page)
        self.assertIn("Done on ", page)
        self.assertIn("Why so", page)
        self.assertIn("Our team confirms this step.", page)
        # those of another company see nothing of it
        self._login(self.bob)
        self.assertNotIn("Your first steps", self._get_main(self._get("/my/home")))
        page = self._get_main(self._get("/my/onboarding"))
        self.assertIn("There are no steps left", page)
        self.assertNotIn("Sign", page.replace("Sign out", ""))
        self._login(self.stranger)
        self._get("/my/onboarding", 404)
        self.assertTrue(done)

    def test_states_in_words(self):
        step = self._add_step("profile", profile_field="phone", needs_approval=True)
        other = self._add_step()
        onboarding = self._begin()
        self.alder.phone = "+32 2 290 34 90"
        self._login(self.anna)
        page = self._get_main(self._get("/my/onboarding"))
        self.assertIn("Our team looks at it.", page)
        self._row(onboarding, step).with_user(self.manager).action_reopen()
        page = self._get_main(self._get("/my/onboarding"))
        self.assertIn("Please do this again.", page)
        self._row(onboarding, step).with_user(self.manager)._skip("A secret reason")
        page = self._get("/my/onboarding").text
        self.assertIn("Skipped", page)
        self.assertNotIn("A secret reason", page)
        self._row(onboarding, other).with_user(self.manager).action_done()
        page = self._get_main(self._get("/my/onboarding"))
        self.assertIn("There are no steps left", page)

    def test_pages_cost_little(self):
        agreement = self._publish_agreement()
        for number in range(6):
            self._add_step(name=f"Talk {number}")
        self._add_step("agreement", agreement_id=agreement.id)
        self._begin()
        guide = self.env["crm.reseller.guide"].create(
            {"name": "Guide", "body": "<p>Words</p>"}
        )
        self.env["crm.reseller.announcement"].create(
            [
                {"name": f"News {number}", "body": "<p>Words</p>", "by_mail": False}
                for number in range(3)
            ]
        ).action_publish()
        self.assertTrue(guide)
        self._create_lead(self.alder)
        dear = {}
        for user in (self.anna, self.sue):
            self._login(user)
            for url in (
                "/my/home",
                "/my/onboarding",
                "/my/guide",
                f"/my/agreements/{agreement.id}",
            ):
                cost = self._measure(url)
                if cost[0] > LIMIT or cost[1] > BYTES:
                    dear[user.login, url] = cost
        self.assertFalse(dear)

    # ------------------------------------------------------------
    # THE GUIDE
    # ------------------------------------------------------------

    def test_the_guide_is_offered_once(self):
        guide = self.env["crm.reseller.guide"].create(
            {"name": "Three minutes", "body": "<p>Words of the guide</p>"}
        )
        for user, route in ((self.anna, "done"), (self.ben, "skip")):
            self._login(user)
            home = self._get_main(self._get("/my/home"))
            self.assertIn("Three minutes", home)
            self.assertIn("Words of the guide", self._get("/my/guide").text)
            # opening the address of a form changes nothing
            self._get(f"/my/guide/{route}")
            self.assertIn("New here?", self._get("/my/home").text)
            self._post("/my/home", f"/my/guide/{route}")
            self.assertNotIn("New here?", self._get("/my/home").text)
            # it is there for later
            page = self._get("/my/guide").text
            self.assertIn("Words of the guide", page)
            self.assertNotIn("/my/guide/done", page)
        views = guide.view_ids.sorted("id")
        self.assertEqual(views.mapped("skipped"), [False, True])
        self.assertEqual(guide.seen_count, 2)
        # who skipped it and reads it later has read it
        guide._remember(self.ben.partner_id, skipped=False)
        guide._remember(self.anna.partner_id, skipped=True)
        self.assertEqual(guide.view_ids.mapped("skipped"), [False, False])
        self.assertIn("/my/guide", self._get("/my/reseller").text)

    def test_the_guide_has_an_audience_and_a_video(self):
        resource = self.env["crm.reseller.resource"].create(
            {
                "name": "Welcome film",
                "kind": "video",
                "audience_company_ids": [(6, 0, self.alder.ids)],
            }
        )
        self.env["crm.reseller.resource.version"].create(
            {
                "resource_id": resource.id,
                "link": "https://example.com/film",
                # today may be another day for its readers
                "valid_from": fields.Date.today() - timedelta(days=1),
            }
        ).action_publish()
        Guide = self.env["crm.reseller.guide"]
        Guide.create(
            {"name": "All", "body": "<p>For all</p>", "resource_id": resource.id}
        )
        Guide.create(
            {
                "name": "Supervisors",
                "body": "<p>For supervisors</p>",
                "audience_role": "supervisor",
            }
        )
        self._login(self.anna)
        page = self._get("/my/guide").text
        self.assertIn(f'href="/my/resources/{resource.id}"', page)
        self.assertNotIn("For supervisors", page)
        self._login(self.sue)
        self.assertIn("For supervisors", self._get("/my/guide").text)
        self._login(self.bob)
        page = self._get("/my/guide").text
        self.assertIn("For all", page)
        self.assertNotIn("Welcome film", page)
        self._login(self.stranger)
        self._get("/my/guide", 404)
