from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OnboardingCase


@tagged("post_install", "-at_install")
class TestAgreements(OnboardingCase):
    """A text is accepted by a person for its company, and that is kept."""

    def setUp(self):
        super().setUp()
        self.agreement = self._publish_agreement()
        self.step = self._add_step("agreement", agreement_id=self.agreement.id)
        self._add_step()
        self.onboarding = self._begin()
        self.url = f"/my/agreements/{self.agreement.id}"

    def _accept_as(self, user):
        self._login(user)
        return self._post(
            self.url,
            f"{self.url}/accept",
            agreed="1",
            version_id=self.agreement.valid_version_id.id,
        )

    def test_read_and_accept(self):
        self._login(self.anna)
        page = self._get(self.url).text
        self.assertIn("Words of the contract", page)
        answer = self._post(
            self.url,
            f"{self.url}/accept",
            422,
            version_id=self.agreement.valid_version_id.id,
        )
        self.assertIn("Tick the box to accept the agreement.", answer.text)
        # only POST accepts
        self._get(f"{self.url}/accept?agreed=1")
        self.assertEqual(self._states(self.onboarding), ["pending", "pending"])
        answer = self._accept_as(self.anna)
        self.assertIn("Thank you.", answer.text)
        self.assertIn("Accepted by alder_anna on", self._get_main(answer))
        self.assertEqual(self._states(self.onboarding), ["done", "pending"])
        kept = self.agreement.version_ids.acceptance_ids
        self.assertEqual(kept.reseller_id, self.alder)
        self.assertEqual(kept.partner_id, self.anna.partner_id)
        self.assertIn("Words of the contract", kept.body)
        # a colleague finds it accepted; sent again it counts once
        self._login(self.ben)
        self.assertIn("Accepted by alder_anna", self._get_main(self._get(self.url)))
        self._post(
            "/my/security",
            f"{self.url}/accept",
            agreed="1",
            version_id=self.agreement.valid_version_id.id,
        )
        self.assertEqual(self.agreement.version_ids.acceptance_ids, kept)

    def test_others_find_nothing(self):
        for user in (self.bob,):
            self._login(user)
            self._get(self.url, 404)
            self._post(
                "/my/security",
                f"{self.url}/accept",
                404,
                agreed="1",
                version_id=self.agreement.valid_version_id.id,
            )
        self._get("/my/agreements/2000000000", 404)
        self._get("/my/agreements/99999999999999999999", 404)
        self.assertFalse(self.agreement.version_ids.acceptance_ids)
        self._login(self.stranger)
        self._get(self.url, 404)

    def test_a_version_that_changed_meanwhile_is_read_first(self):
        old = self.agreement.valid_version_id
        self._publish_version(self.agreement, "<p>New words</p>", name="2")
        self._login(self.anna)
        answer = self._post(
            self.url, f"{self.url}/accept", 422, agreed="1", version_id=old.id
        )
        self.assertIn("There is a new version of this agreement.", answer.text)
        self.assertIn("New words", answer.text)
        for wrong in ("x", "", "99999999999999", "²"):
            self._post(
                self.url, f"{self.url}/accept", 422, agreed="1", version_id=wrong
            )
        self.assertFalse(self.agreement.version_ids.acceptance_ids)

    def test_a_new_version_reopens_the_step(self):
        self._accept_as(self.anna)
        same = self._publish_version(self.agreement, name="1b", ask_again=False)
        self.assertEqual(self._states(self.onboarding)[0], "done")
        again = self._publish_version(self.agreement, "<p>New</p>", name="2")
        self.assertEqual(self.agreement.valid_version_id, again)
        self.assertEqual(self._states(self.onboarding)[0], "reopened")
        self._accept_as(self.ben)
        self.assertEqual(self._states(self.onboarding)[0], "done")
        accepted = self.agreement.version_ids.acceptance_ids
        self.assertEqual(len(accepted), 2)
        self.assertNotIn(same, accepted.version_id)

    def test_what_was_published_and_accepted_stays(self):
        version = self.agreement.valid_version_id
        self._accept_as(self.anna)
        mine = version.with_user(self.manager)
        for vals in ({"body": "<p>Other</p>"}, {"state": "draft"}):
            with self.assertRaises(UserError):
                mine.write(vals)
        with self.assertRaises(UserError):
            mine.update_field_translations("body", {"en_US": {}})
        with self.assertRaises(UserError):
            mine.unlink()
        kept = version.acceptance_ids
        for records in (kept, kept.with_user(self.manager)):
            with self.assertRaises(UserError):
                records.write({"person_name": "Somebody"})
        with self.assertRaises(AccessError):
            kept.with_user(self.manager).unlink()
        with self.assertRaises(UserError):
            kept.unlink()
        # the name outlives the contact
        partner = self.anna.partner_id
        self.anna.unlink()
        partner.unlink()
        self.env.invalidate_all()
        self.assertEqual(kept.person_name, "alder_anna")

    def test_only_those_who_may_publish(self):
        draft = self.env["crm.reseller.agreement.version"].create(
            {"agreement_id": self.agreement.id, "body": "<p>x</p>", "name": "3"}
        )
        for user in (self.salesman, self.anna):
            with self.assertRaises(AccessError):
                draft.with_user(user).action_publish()
        draft.with_user(self.manager).action_publish()
        self.assertEqual(self.agreement.valid_version_id, draft)
        action = self.agreement.with_user(self.salesman).action_view_acceptances()
        self.assertEqual(action["domain"], [("agreement_id", "in", self.agreement.ids)])
