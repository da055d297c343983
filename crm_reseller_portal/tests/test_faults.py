from contextlib import contextmanager

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.res_users import SUPERVISOR_GROUP, USER_GROUP
from .common import ResellerPortalCase
from .matrix_registry import call_kw


@tagged("post_install", "-at_install")
class TestPeopleWhoMove(ResellerPortalCase):
    """Rights belong to company and person together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.creator = new_test_user(
            cls.env,
            "portal_creator",
            groups="sales_team.group_sale_salesman,base.group_partner_manager",
        )
        cls.manager = new_test_user(
            cls.env,
            "portal_faults_manager",
            groups="sales_team.group_sale_manager,base.group_partner_manager",
        )

    def test_a_salesperson_cannot_open_the_portal_to_somebody(self):
        person = self.stranger.partner_id
        person.with_user(self.creator).write({"parent_id": self.alder.id})
        self.assertFalse(self.stranger.has_group(USER_GROUP))
        self.assertIn("portal_stranger", self.alder.activity_ids.summary)
        for values in (
            {"child_ids": [(4, self.stranger.partner_id.id)]},
            {"child_ids": [(6, 0, self.stranger.partner_id.ids)]},
        ):
            person.parent_id = False
            # Odoo 19 sets the lines of a contact as who began the transaction
            with self.with_user("portal_creator"):
                self.birch.with_user(self.creator).write(values)
            self.assertEqual(person.parent_id, self.birch)
            self.assertFalse(self.stranger.has_group(USER_GROUP))
        # a manager decides it
        person.parent_id = False
        person.with_user(self.manager).write({"parent_id": self.alder.id})
        self.assertTrue(self.stranger.has_group(USER_GROUP))

    def test_no_way_into_a_company_opens_its_portal(self):
        """Whoever began the transaction: the one who moves the contact decides."""
        Partner = self.env["res.partner"]
        alder, person = self.alder.id, self.stranger.partner_id.id
        between = Partner.create({"name": "Between"})
        holding = Partner.create({"name": "Holding", "is_company": True})
        child = {"name": "Child", "child_ids": [(4, person)]}
        # the company before, the method, its arguments
        ways = {
            "parent": (None, "write", [[person], {"parent_id": alder}]),
            "link": (None, "write", [[alder], {"child_ids": [(4, person)]}]),
            "set": (None, "write", [[alder], {"child_ids": [(6, 0, [person])]}]),
            "command": (
                holding,
                "write",
                [[holding.id], {"child_ids": [(1, person, {"parent_id": alder})]}],
            ),
            "new child": (None, "write", [[alder], {"child_ids": [(0, 0, child)]}]),
            "new contact": (None, "create", [[{**child, "parent_id": alder}]]),
            "contact between": (
                between,
                "write",
                [[between.id], {"parent_id": alder}],
            ),
            "company": (
                holding,
                "write",
                [[holding.id], {"parent_id": alder, "is_company": False}],
            ),
            "import": (
                None,
                "load",
                [[".id", "parent_id/.id"], [[str(person), str(alder)]]],
            ),
        }
        for name, (before, method, arguments) in ways.items():
            with self.subTest(way=name), self._undone():
                self.stranger.partner_id.parent_id = before
                self.env.flush_all()
                call_kw(Partner.with_user(self.creator), method, arguments, {})
                self.env.invalidate_all()
                self.assertEqual(self.stranger.commercial_partner_id, self.alder)
                self.assertFalse(self.stranger.has_group(USER_GROUP))

    @contextmanager
    def _undone(self):
        """Undo in the end what happens inside."""
        self.env.flush_all()
        self.env.cr.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            self.env.transaction.clear()
            self.env.cr.execute("ROLLBACK TO SAVEPOINT undone")
            self.env.cr.execute("RELEASE SAVEPOINT undone")
            self.registry.clear_all_caches()

    def test_who_goes_to_another_company_loses_the_role(self):
        self.sue.partner_id.with_user(self.creator).write({"parent_id": self.birch.id})
        self.assertFalse(self.sue.has_group(USER_GROUP))
        self.assertTrue(self.sue.has_group("base.group_portal"))
        self.anna.partner_id.with_user(self.manager).write({"parent_id": self.birch.id})
        self.assertTrue(self.anna.has_group(USER_GROUP))
        self.sue.partner_id.parent_id = self.alder
        self.assertFalse(self.sue.has_group(SUPERVISOR_GROUP))

    def test_a_role_given_in_the_company_stays(self):
        """A person who was made in the company has moved from nowhere."""
        group = self.env.ref(SUPERVISOR_GROUP)
        creators = {
            "administrator": new_test_user(
                self.env,
                "portal_administrator",
                groups="base.group_erp_manager,base.group_partner_manager",
            ),
            "manager": new_test_user(
                self.env,
                "portal_all_manager",
                groups="sales_team.group_sale_manager,base.group_erp_manager,"
                "base.group_partner_manager",
            ),
            "system": self.env.user,
        }

        def user_vals(login, **vals):
            return {"login": login, "groups_id": [(6, 0, group.ids)], **vals}

        for name, creator in creators.items():
            Users = self.env["res.users"].with_user(creator)
            Partner = self.env["res.partner"].with_user(creator)
            company = {"parent_id": self.alder.id}
            users = Users.create(user_vals(f"{name} direct", name="Direct", **company))
            users |= Users.create(
                user_vals(f"{name} away", name="Away", active=False, **company)
            )
            person = Partner.create({"name": "First", **company})
            users |= Users.create(user_vals(f"{name} person", partner_id=person.id))
            person = Partner.create(
                {
                    "name": "Both",
                    "user_ids": [(0, 0, user_vals(f"{name} both"))],
                    **company,
                }
            )
            users |= person.user_ids
            firm = self.env["res.partner"].create(
                {
                    "name": "Cedar",
                    "is_company": True,
                    "reseller_level_id": self.level.id,
                }
            )
            child = {
                "name": "Child",
                "user_ids": [(0, 0, user_vals(f"{name} child"))],
            }
            firm.with_user(creator).write({"child_ids": [(0, 0, child)]})
            elsewhere = firm.child_ids.user_ids
            users |= elsewhere
            self.assertEqual(len(users), 5)
            for user in users:
                self.assertTrue(user._is_reseller_supervisor(), user.login)
                self.assertIn(user.commercial_partner_id, self.alder | firm)
            users.write({"active": False})
            users.write({"active": True})
            users.partner_id.write({"parent_id": self.alder.id})
            self.assertEqual(
                users.filtered(lambda user: user._is_reseller_supervisor()).sorted(),
                (users - elsewhere).sorted(),
            )

    def test_merging_contacts_moves_no_role(self):
        person = self.sue.partner_id
        twin = self.env["res.partner"].create(
            {"name": "Sue", "parent_id": self.birch.id, "email": person.email}
        )
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.with_user(self.creator).sudo()._merge([person.id, twin.id], twin)
        self.env.invalidate_all()
        self.assertEqual(self.sue.commercial_partner_id, self.birch)
        self.assertFalse(self.sue._is_reseller_supervisor())
        self.assertFalse(self.sue.has_group(USER_GROUP))

    def test_merging_whole_companies_keeps_the_roles(self):
        twin = self.env["res.partner"].create(
            {
                "name": "Alder Limited",
                "is_company": True,
                "reseller_level_id": self.level.id,
            }
        )
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([self.alder.id, twin.id], twin, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(self.sue.commercial_partner_id, twin)
        self.assertTrue(self.sue._is_reseller_supervisor())

    def test_the_login_follows_the_address_until_the_first_sign_in(self):
        kim = self.env["res.partner"].create(
            {"name": "Kim", "parent_id": self.birch.id, "email": "wrng@r.example"}
        )
        kim._set_portal_role("user")
        kim.email = "right@r.example"
        self.assertEqual(kim.user_ids.login, "right@r.example")
        kim._set_portal_role("none")
        kim.email = "newest@r.example"
        kim._set_portal_role("user")
        self.assertEqual(kim.user_ids.login, "newest@r.example")
        self.env["res.users.log"].with_user(kim.user_ids).sudo().create({})
        self.env.invalidate_all()
        kim.email = "later@r.example"
        self.assertEqual(kim.user_ids.login, "newest@r.example")

    def test_a_competitors_person_is_never_in_charge(self):
        lead = self._create_lead(self.alder)
        with self.assertRaises(UserError):
            lead.write({"reseller_contact_id": self.bob.partner_id.id})
            self.env.flush_all()

    def test_addresses_are_no_people(self):
        firm = self.env["res.partner"].create(
            {"name": "Cedar", "is_company": True, "reseller_level_id": self.level.id}
        )
        kinds = ("invoice", "delivery", "other", "contact")
        self.env["res.partner"].create(
            [
                {
                    "name": kind,
                    "type": kind,
                    "parent_id": firm.id,
                    "email": f"{kind}@cedar.example",
                }
                for kind in kinds
            ]
        )
        self._create_lead(firm)
        users = firm.child_ids.user_ids
        self.assertEqual(users.mapped("login"), ["contact@cedar.example"])
        Access = self.env["crm.reseller.portal.access"]
        wizard = Access.create({"reseller_id": firm.id})
        people = wizard.line_ids.partner_id - firm
        self.assertEqual(people.mapped("type"), ["contact"])

    def test_archived_users_are_not_told(self):
        leader = new_test_user(
            self.env, "portal_leader", groups="sales_team.group_sale_salesman"
        )
        team = self.env["crm.team"].create({"name": "Test", "user_id": leader.id})
        lead = self._create_lead(self.alder, team_id=team.id)
        self.assertEqual(lead._get_reseller_team_users(), self.salesman)
        self.salesman.active = False
        self.assertEqual(lead._get_reseller_team_users(), leader)

    def test_windows_of_access_are_for_managers(self):
        Access = self.env["crm.reseller.portal.access"]
        Line = self.env["crm.reseller.portal.access.line"]
        spec = {"line_ids": {"fields": {"email": {}, "role": {}, "login_date": {}}}}
        for user in (self.stranger, self.anna, self.salesman):
            with self.assertRaises(AccessError):
                Access.with_user(user).onchange(
                    {"reseller_id": self.alder.id}, ["reseller_id"], spec
                )
            with self.assertRaises(AccessError):
                Line.with_user(user).onchange(
                    {"partner_id": self.alder.id}, ["partner_id"], {"email": {}}
                )
        answer = Access.with_user(self.manager).onchange(
            {"reseller_id": self.alder.id}, ["reseller_id"], spec
        )
        self.assertTrue(answer["value"]["line_ids"])


@tagged("post_install", "-at_install")
class TestHistory(ResellerPortalCase):
    """No one outside rewrites what happened, or reads it past the page."""

    def test_own_messages_are_closed_too(self):
        deal = self._create_deal(self.anna)
        mine = deal.with_user(self.anna).sudo()
        message = mine._reseller_post("We called them", [("a.txt", b"x")])
        self.assertEqual(message.author_id, self.anna.partner_id)
        self.env.flush_all()
        self.env.invalidate_all()
        Message = self.env["mail.message"].with_user(self.anna)
        mine = Message.browse(message.id)
        asked = {
            "read": lambda: mine.read(["body"]),
            "copy_data": lambda: mine.copy_data(),
            "copy": lambda: mine.copy(),
            "write": lambda: mine.write({"body": "<p>Forged</p>"}),
            "unlink": lambda: mine.unlink(),
            "create": lambda: Message.create(
                {"model": "crm.lead", "res_id": deal.id, "body": "x"}
            ),
            "onchange": lambda: Message.onchange(
                {"child_ids": [(6, 0, message.ids)]},
                ["child_ids"],
                {"child_ids": {"fields": {"body": {}}}},
            ),
            "delete file": lambda: message.attachment_ids.with_user(self.anna)
            .sudo()
            ._delete_and_notify(message),
            "edit": lambda: deal.with_user(self.anna)._check_can_update_message_content(
                message.sudo()
            ),
        }
        for name, ask in asked.items():
            self.env.invalidate_all()
            with self.assertRaises(AccessError, msg=name):
                ask()
        self.assertFalse(Message.search([("id", "=", message.id)]))
        own = self.anna.partner_id.message_post(
            body="private",
            author_id=self.anna.partner_id.id,
            subtype_xmlid="mail.mt_comment",
        ).with_user(self.anna)
        own.write({"body": "<p>mine</p>"})
        with self.assertRaises(AccessError):
            own.write({"model": "crm.lead", "res_id": deal.id})

    def test_no_one_copies_what_he_may_not_read(self):
        partner = self.env["res.partner"].create({"name": "Somebody"})
        note = partner.message_post(body="internal", subtype_xmlid="mail.mt_note")
        with self.assertRaises(AccessError):
            note.with_user(self.stranger).copy_data()
        self.assertTrue(note.copy_data())

    def test_names_are_whole_words(self):
        short = self.env["res.partner"].create(
            {"name": "Max", "is_company": True, "reseller_level_id": self.level.id}
        )
        lead = self._create_lead(short)
        lead.assign_to_reseller(self.alder)
        lead.with_user(self.anna).sudo().reseller_accept()

        def post(body, **named):
            return lead.message_post(
                body=body,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **named,
            )

        shown = post("The maximum pressure is 5 bar")
        named = post("Max said no")
        messages = lead._get_reseller_messages(self.alder)
        self.assertIn(shown, messages)
        self.assertNotIn(named, messages)

    def test_what_the_team_wrote_to_another_reseller_is_marked(self):
        lead = self._create_lead(self.birch)
        lead.message_subscribe(self.bob.partner_id.ids)
        words = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        told = lead.with_user(self.salesman).message_post(
            body="Please call them before Friday", **words
        )
        customer = self.env["res.partner"].create({"name": "Carla"})
        asked = lead.message_post(
            body="When do you call?", author_id=customer.id, **words
        )
        self.assertEqual(told.reseller_id, self.birch)
        lead.assign_to_reseller(self.alder)
        lead.with_user(self.anna).sudo().reseller_accept()
        messages = lead._get_reseller_messages(self.alder)
        self.assertNotIn(told, messages)
        self.assertIn(asked, messages, "the customer's words are for who works it")


@tagged("post_install", "-at_install")
class TestResults(ResellerPortalCase):
    """What a reseller reports is seen, decided, and kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.can_report_outcome = True
        cls.level.can_edit_opportunity = True
        cls.level.can_convert = True

    def _report(self, deal, outcome="won", **named):
        mine = deal.with_user(self.anna).sudo()
        return mine._reseller_report_outcome(outcome, **named)

    def test_merging_keeps_the_report(self):
        head, tail = self._create_lead(type="opportunity"), self._create_deal(self.anna)
        report = self._report(tail, order_reference="4711")
        tail.with_user(self.anna).sudo()._reseller_plan_step("call", "x", "2031-01-31")
        merged = (head | tail).merge_opportunity()
        self.assertEqual(merged.reseller_outcome_ids, report)
        self.assertEqual(report.state, "reported")
        self.assertEqual(merged.reseller_step_note, "x")

    def test_merging_two_reports_leaves_one_to_decide(self):
        head, tail = self._create_deal(self.anna), self._create_deal(self.anna)
        first, second = self._report(head), self._report(tail)
        merged = (head | tail).merge_opportunity()
        self.assertEqual(merged.reseller_outcome_ids, first | second)
        states = merged.reseller_outcome_ids.mapped("state")
        self.assertEqual(sorted(states), ["reported", "withdrawn"])

    def test_a_report_ends_with_the_deal_in_any_way(self):
        reason = self.env["crm.lost.reason"].create({"name": "Gone (test)"})
        deal = self._create_deal(self.anna)
        report = self._report(deal)
        deal.write({"active": False, "lost_reason_id": reason.id})
        self.assertEqual(report.state, "rejected")
        deal = self._create_deal(self.anna)
        report = self._report(deal)
        deal.stage_id = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self.assertEqual(report.state, "confirmed")

    def test_a_report_makes_an_activity_until_it_is_decided(self):
        deal = self._create_deal(self.anna)
        report = self._report(deal, amount_won=1234.5, won_on="2031-01-31")
        self.assertEqual(report.amount_won, 1234.5)
        self.assertEqual(str(report.won_on), "2031-01-31")
        self.assertEqual(report.currency_id, deal.company_currency)
        activity = deal._get_team_activities(
            "crm_reseller_portal.mail_activity_type_result"
        )
        self.assertEqual(activity.user_id, self.salesman)
        seen = deal.with_user(self.salesman)
        self.assertIn("1,234.50", seen.reseller_reported_text)
        found = self.env["crm.lead"].search(
            [("reseller_outcome_ids.state", "=", "reported")]
        )
        self.assertEqual(found & deal, deal)
        seen.action_confirm_reseller_outcome()
        self.assertTrue(deal.stage_id.is_won)
        self.assertEqual(deal.expected_revenue, 1234.5)
        self.assertFalse(activity.exists())

    def test_who_does_not_confirm_says_why(self):
        deal = self._create_deal(self.anna)
        report = self._report(deal)
        action = deal.with_user(self.salesman).action_reject_reseller_outcome()
        Wizard = (
            self.env[action["res_model"]]
            .with_user(self.salesman)
            .with_context(**action["context"])
        )
        with self.assertRaises(UserError):
            Wizard.create({"reason": "  "}).action_reject()
        Wizard.create({"reason": "No order came in"}).action_reject()
        self.assertEqual(report.state, "rejected")
        self.assertEqual(report.rejection_reason, "No order came in")
        self.assertIn("No order came in", deal.message_ids[0].body)
        self.assertTrue(deal.active)

    def test_a_question_before_the_answer(self):
        lead = self._create_lead(self.alder)
        mine = lead.with_user(self.anna).sudo()
        question = mine._reseller_ask("Do they need a permit?")
        self.assertEqual(mine._reseller_ask("Do they need a permit?"), question)
        self.assertEqual(lead.reseller_state, "pending")
        self.assertIn(self.salesman.partner_id, question.notified_partner_ids)
        self.assertIn(question, lead._get_reseller_messages(self.alder))
        with self.assertRaises(AccessError):
            lead.with_user(self.bob).sudo()._reseller_ask("And me?")

    def test_steps_are_planned_removed_and_done(self):
        deal = self._create_deal(self.anna)
        mine = deal.with_user(self.anna).sudo()
        mine._reseller_plan_step("visit", "See the works", "2031-01-31")
        mine._reseller_remove_step()
        self.assertFalse(deal.reseller_step_type or deal.reseller_step_date)
        self.assertIn("Next step removed: Visit", deal.message_ids[0].body)
        mine._reseller_plan_step("offer", "", "2031-01-31")
        mine._reseller_finish_step()
        self.assertIn("Next step done: Offer", deal.message_ids[0].body)

    def test_roles_are_one_table(self):
        """A change of one line changes who may do what for colleagues."""
        lead = self._create_lead(self.alder)
        lead.reseller_contact_id = self.anna.partner_id
        with self.assertRaises(UserError):
            lead.with_user(self.ben).sudo().reseller_decline(self.reason)
        lead.with_user(self.sue).sudo().reseller_decline(self.reason)
        self.assertEqual(lead.reseller_state, "declined")


@tagged("post_install", "-at_install")
class TestMail(ResellerPortalCase):
    """What resellers' people write by mail stays with the lead."""

    def _receive(self, sender, headers="", body="Hello"):
        return self.env["mail.thread"].message_process(
            "crm.lead",
            f"From: {sender}\nTo: sales@our.example\nSubject: Re: x\n"
            f"Message-Id: <{hash((sender, headers, body))}@x>\n{headers}\n\n{body}",
        )

    def test_replies_stay_with_the_lead(self):
        lead = self._create_lead(self.alder)
        self.anna.partner_id.email = "anna@alder.example"
        before = self.env["crm.lead"].search_count([])
        reference = f"In-Reply-To: <1.2-openerp-{lead.id}-crm.lead@host>"
        self._receive("Anna <anna@alder.example>", reference, "Is it urgent?")
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        message = lead.message_ids[0]
        self.assertIn("Is it urgent?", message.body)
        self.assertTrue(message.subtype_id.internal, "the customer may follow")
        self.assertIn(self.salesman.partner_id, message.notified_partner_ids)

    def test_resellers_and_machines_make_no_lead(self):
        self.anna.partner_id.email = "anna@alder.example"
        lead = self._create_lead(self.birch)
        before = self.env["crm.lead"].search_count([])
        self._receive("anna@alder.example", body="I have a question")
        self.assertIn("I have a question", self.alder.message_ids[0].body)
        # not to a lead that was never offered to this company
        reference = f"In-Reply-To: <1.2-openerp-{lead.id}-crm.lead@host>"
        self._receive("anna@alder.example", reference, "Let me in")
        self.assertNotIn("Let me in", "".join(lead.message_ids.mapped("body")))
        self._receive("anybody@else.example", "Auto-Submitted: auto-replied", "Away")
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        self._receive("customer@else.example", body="Forty pumps, please")
        self.assertEqual(self.env["crm.lead"].search_count([]), before + 1)

    def test_an_out_of_office_note_to_an_offer(self):
        self.anna.partner_id.email = "anna@alder.example"
        domain = self.env["mail.alias.domain"].create(
            {"name": "our.example", "bounce_alias": "b1", "catchall_alias": "c1"}
        )
        self.env.company.write({"email": "sales@our.example"})
        team = self.env["crm.team"].create({"name": "Test team", "alias_name": "sales"})
        team.alias_id.alias_domain_id = domain
        lead = self._create_lead(self.alder, team_id=team.id, user_id=False)
        lead.reseller_offer_ids._send_notices()
        sent = self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", lead.id)], limit=1
        )
        self.assertEqual(sent.recipient_ids, self.anna.partner_id)
        before = self.env["crm.lead"].search_count([])
        self.env["mail.thread"].message_process(
            False,
            f"From: anna@alder.example\nTo: {sent.reply_to}\nSubject: Re: x\n"
            f"Message-Id: <r1@x>\nIn-Reply-To: {sent.message_id}\n"
            "Auto-Submitted: auto-replied\n\nI am away until Monday",
        )
        self.assertEqual(self.env["crm.lead"].search_count([]), before)


@tagged("post_install", "-at_install")
class TestLinks(ResellerPortalCase):
    def test_links_of_mails_lead_to_the_page_or_nowhere(self):
        lead = self._create_lead(self.alder)
        address = "/mail/view?model=crm.lead&res_id=%s"
        self._login(self.anna)
        page = self._get(address % lead.id)
        self.assertTrue(page.url.endswith(f"/my/leads/{lead.id}"), page.url)
        for user in (self.bob, self.stranger):
            self._login(user)
            missing = self._get(address % (2**31 - 1), 404)
            self.assertNotIn("Forty pumps", self._get(address % lead.id, 404).text)
            self.assertIn("/my/leads/", missing.url)

    def test_lists_of_the_request_keep_their_lines(self):
        self.env["res.company"].search([]).write(
            {"reseller_hide_contact_details": True}
        )
        lead = self._create_lead(
            self.alder, description="<ul><li>tilt rotator</li><li>GPS</li></ul>"
        )
        shown = str(lead._get_reseller_view()["description"])
        self.assertRegex(shown, r"tilt rotator\s*(<br\s*/?>\s*)+- GPS")
