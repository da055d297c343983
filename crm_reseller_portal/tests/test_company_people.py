import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ResellerPortalCase


@tagged("post_install", "-at_install")
class TestCompanyPeople(ResellerPortalCase):
    """Supervisors and the people of their own company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.can_manage_people = True
        cls.manager = new_test_user(
            cls.env, "people_manager", groups="sales_team.group_sale_manager"
        )
        cls.env["res.company"].sudo().search(
            []
        ).reseller_channel_manager_id = cls.manager
        cls.Change = cls.env["crm.reseller.people.change"]

    def _invite(self, name, email, role="user"):
        """Invite as the supervisor, and let the job run; return the change."""
        change = (
            self.alder.with_user(self.sue).sudo()._reseller_invite(name, email, role)
        )
        self.Change._cron_send_reseller_invitations()
        return change.with_user(self.manager)

    def _sign_in(self, user):
        self.env["res.users.log"].with_user(user).sudo().create({})

    def _get_activities(self):
        kind = self.env.ref("crm_reseller_portal.mail_activity_type_people")
        return self.alder.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    # ------------------------------------------------------------
    # INVITATIONS
    # ------------------------------------------------------------

    def test_a_new_person_is_invited(self):
        self._login(self.sue)
        self._post(
            "/my/reseller",
            "/my/reseller/invite",
            name="Nora New",
            email="Nora@New.Example",
            role="supervisor",
        )
        change = self.Change.search([("email", "=", "nora@new.example")])
        self.assertEqual(change.state, "queued")
        self.Change._cron_send_reseller_invitations()
        self.assertEqual(change.state, "done")
        person = change.partner_id
        self.assertEqual(person.parent_id, self.alder)
        self.assertEqual(person._get_portal_role(), "supervisor")
        self.assertEqual(person.user_ids.login, "nora@new.example")
        # a colleague like others once she signed in
        self.assertNotIn(person, self.sue._get_reseller_colleagues_sudo())
        self.assertIn("Withdraw", self._get("/my/reseller").text)
        self._sign_in(person.user_ids)
        self.assertIn(person, self.sue._get_reseller_colleagues_sudo())
        self.assertNotIn("Withdraw", self._get("/my/reseller").text)
        # the team is told
        activity = self._get_activities()
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("Nora New", activity.note)

    def test_the_answer_is_the_same_whoever_has_the_address(self):
        self.env["res.partner"].create({"name": "Someone", "email": "some@one.example"})
        self._login(self.sue)
        pages = []
        addresses = (
            "fresh@one.example",
            "some@one.example",
            self.bob.login + "@example.com",
            self.salesman.email or "portal_salesman@example.com",
        )
        self.salesman.email = addresses[-1]
        for address in addresses:
            page = self._post(
                "/my/reseller",
                "/my/reseller/invite",
                name="Somebody",
                email=address,
                role="user",
            )
            self.Change._cron_send_reseller_invitations()
            texts = [self._get_main(page), self._get_main(self._get("/my/reseller"))]
            change = self.Change.search([("email", "=", address)])
            colleague = self._get(f"/my/reseller/people/{self.ben.partner_id.id}")
            texts.append(self._get_main(colleague))
            pages.append(
                [
                    text.replace(address, "ADDRESS").replace(f"/{change.id}/", "/ID/")
                    for text in texts
                ]
            )
            change.sudo()._withdraw()
        for page in pages[1:]:
            for text, first in zip(page, pages[0], strict=True):
                self.assertEqual(
                    self._blank(text), self._blank(first), "the page tells it"
                )
        # nobody of them got in
        self.assertNotEqual(self.bob.commercial_partner_id, self.alder)
        refused = self.Change.search(
            [("email", "in", addresses[1:]), ("problem", "!=", False)]
        )
        self.assertEqual(len(refused), 3)
        self.assertIn(self.birch.name, " ".join(refused.mapped("problem")))

    def _blank(self, text):
        """Return a page without tokens and times, which differ."""
        text = re.sub(r'value="[0-9a-f]{40}o\d+"', "", text)
        return re.sub(r"\d\d:\d\d", "", text)

    def test_a_contact_of_the_own_company_gets_access(self):
        contact = self.env["res.partner"].create(
            {"name": "Kim", "email": "kim@alder.example", "parent_id": self.alder.id}
        )
        change = self._invite("Kimberly", "kim@alder.example")
        self.assertEqual(change.partner_id, contact)
        self.assertEqual(contact.name, "Kim")
        self.assertEqual(contact._get_portal_role(), "user")
        change.action_undo()
        self.assertEqual(contact._get_portal_role(), "none")
        self.assertTrue(contact.active)
        self.assertEqual(change.undone_by_id, self.manager)

    def test_twice_counts_once(self):
        first = self._invite("Nora", "nora@new.example")
        self.assertEqual(self._invite("Nora", "nora@new.example"), first)
        self.assertEqual(len(self.Change.search([("name", "=", "Nora")])), 1)
        with self.assertRaisesRegex(UserError, "works with you"):
            self._invite("Anna", self.anna.email)

    def test_withdrawn_and_undone(self):
        change = self._invite("Nora", "nora@new.example")
        self._login(self.sue)
        path = f"/my/reseller/invitations/{change.id}/withdraw"
        self._post("/my/reseller", path)
        self.assertEqual(change.state, "withdrawn")
        person = change.with_context(active_test=False).partner_id
        self.assertFalse(person.active)
        self.assertEqual(person._get_portal_role(), "none")
        self._post_as(self.sue, path, status=404)
        with self.assertRaises(UserError):
            change.action_undo()
        second = self._invite("Olga", "olga@new.example")
        second.action_undo()
        self.assertFalse(second.partner_id.active)

    def test_one_that_fails_does_not_stop_the_others(self):
        author = self.sue.partner_id
        vals = {
            "reseller_id": self.alder.id,
            "author_id": author.id,
            "kind": "invited",
            "state": "queued",
            "role": "user",
        }
        broken, good = self.Change.create(
            [
                {**vals, "name": "X", "email": "x@new.example", "author_id": False},
                {**vals, "name": "Y", "email": "y@new.example"},
            ]
        )
        self.Change._cron_send_reseller_invitations()
        self.assertEqual(broken.state, "refused")
        self.assertEqual(good.state, "done")

    # ------------------------------------------------------------
    # ROLES, LEADS
    # ------------------------------------------------------------

    def test_roles(self):
        person = self.ben.partner_id
        path = f"/my/reseller/people/{person.id}/role"
        self._post_as(self.sue, path, role="supervisor")
        self.assertEqual(person._get_portal_role(), "supervisor")
        self._post_as(self.sue, path, role="supervisor")
        change = self.Change.search([("partner_id", "=", person.id)])
        self.assertEqual((change.role_before, change.role), ("user", "supervisor"))
        self.assertIn("alder_ben", self._get_activities().note)
        self._post_as(self.sue, path, status=422, role="manager")
        change.with_user(self.manager).action_undo()
        self.assertEqual(person._get_portal_role(), "user")
        # changed again since: nothing to undo
        with self.assertRaises(UserError):
            change.with_user(self.manager).action_undo()
        with self.assertRaises(AccessError):
            change.with_user(self.salesman).action_undo()

    def test_removed_with_the_leads(self):
        leads = self._create_lead(self.alder) | self._create_lead(self.alder)
        deal = self._create_deal(self.ben)
        leads.reseller_contact_id = self.ben.partner_id
        person = self.ben.partner_id
        path = f"/my/reseller/people/{person.id}/remove"
        self._post_as(self.sue, path, status=422, colleague_id=self.bob.partner_id.id)
        self._post_as(self.sue, path, colleague_id=self.anna.partner_id.id)
        self.assertFalse(self.ben.active)
        self.assertEqual((leads | deal).reseller_contact_id, self.anna.partner_id)
        change = self.Change.search([("partner_id", "=", person.id)])
        self.assertEqual(change.kind, "removed")
        change.with_user(self.manager).action_undo()
        self.assertEqual(person._get_portal_role(), "user")
        # without a colleague they are free
        self._post_as(self.sue, f"/my/reseller/people/{self.anna.partner_id.id}/remove")
        self.assertFalse((leads | deal).reseller_contact_id)

    def test_all_leads_at_once_and_one_mail(self):
        leads = self.env["crm.lead"]
        for _number in range(5):
            lead = self._create_lead(self.alder)
            lead.reseller_contact_id = self.ben.partner_id
            leads |= lead
        foreign = self._create_deal(self.bob)
        path = f"/my/reseller/people/{self.ben.partner_id.id}/hand-over"
        mails = self.env["mail.message"].search_count(
            [("partner_ids", "in", self.anna.partner_id.ids)]
        )
        self._post_as(self.sue, path, colleague_id=self.anna.partner_id.id)
        self.assertEqual(leads.reseller_contact_id, self.anna.partner_id)
        self.assertEqual(foreign.reseller_contact_id, self.bob.partner_id)
        self.assertEqual(
            self.env["mail.message"].search_count(
                [("partner_ids", "in", self.anna.partner_id.ids)]
            ),
            mails + 1,
        )
        self.assertIn("takes care of this", leads[0].message_ids[0].body)
        counts = []
        for number in (2, 8):
            more = self.env["crm.lead"]
            for _each in range(number):
                more |= self._create_lead(self.alder)
            more.reseller_contact_id = self.anna.partner_id
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            more.with_user(self.sue).sudo()._reseller_hand_over_many(
                self.ben.partner_id
            )
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 6, "statements for each lead")

    # ------------------------------------------------------------
    # WHO MAY NOT
    # ------------------------------------------------------------

    def test_only_supervisors_where_the_level_allows_it(self):
        form = {"name": "Pat", "email": "pat@new.example", "role": "user"}
        person = self.ben.partner_id.id
        self._post_as(self.anna, "/my/reseller/invite", status=409, **form)
        self._post_as(
            self.anna, f"/my/reseller/people/{person}/role", status=404, role="user"
        )
        self.assertNotIn("Invite a colleague", self._get("/my/reseller").text)
        self.level.can_manage_people = False
        answer = self._post_as(self.sue, "/my/reseller/invite", status=409, **form)
        self.assertIn("Your level does not allow this", answer.text)
        for action in ("role", "remove"):
            path = f"/my/reseller/people/{person}/{action}"
            self._post_as(self.sue, path, status=409, role="supervisor")
        self.assertFalse(self.Change.search([("reseller_id", "=", self.alder.id)]))
        self.assertTrue(self.ben.active)

    def test_nobody_of_another_company_and_not_oneself(self):
        for person in (self.bob.partner_id, self.alder, self.salesman.partner_id):
            path = f"/my/reseller/people/{person.id}"
            for action in ("role", "remove", "hand-over"):
                self._post_as(self.sue, f"{path}/{action}", status=404)
            self._get(path, status=404)
        path = f"/my/reseller/people/{self.sue.partner_id.id}"
        self._post_as(self.sue, f"{path}/role", status=409, role="user")
        self._post_as(self.sue, f"{path}/remove", status=409)
        self.assertTrue(self.sue._is_reseller_supervisor())

    def test_bad_input_is_kept(self):
        answer = self._post_as(
            self.sue,
            "/my/reseller/invite",
            status=422,
            name="<b>Pat</b>",
            email="nobody",
            role="",
        )
        self.assertIn("This is not an e-mail address", answer.text)
        self.assertIn('value="&lt;b&gt;Pat&lt;/b&gt;"', answer.text)
        self.assertFalse(self.Change.search([("reseller_id", "=", self.alder.id)]))

    def test_what_was_agreed_is_readable(self):
        self.level.description = "Trained twice a year"
        self.alder.write(
            {
                "reseller_country_ids": [(6, 0, self.env.ref("base.de").ids)],
                "reseller_zip_prefixes": "10, 12",
                "reseller_max_open_leads": 7,
            }
        )
        self._login(self.anna)
        text = self._get_main(self._get("/my/reseller"))
        for words in (
            "Test level",
            "Trained twice a year",
            "Germany",
            "Zip codes that begin with 10, 12",
            "24 working hours",
            "Report deals as won or lost",
        ):
            self.assertIn(words, text)
