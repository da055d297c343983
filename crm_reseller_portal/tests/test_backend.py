from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ..models.res_users import SUPERVISOR_GROUP, USER_GROUP


@tagged("post_install", "-at_install")
class TestBackend(TransactionCase):
    """Who gets an account and what the team does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env["crm.reseller.level"].create({"name": "Test level"})
        cls.manager = new_test_user(
            cls.env,
            "portal_manager",
            groups="sales_team.group_sale_manager,base.group_partner_manager",
        )
        cls.alder = cls.env["res.partner"].create(
            {
                "name": "Alder Ltd",
                "is_company": True,
                "email": "office@alder.example",
                "reseller_level_id": cls.level.id,
            }
        )
        cls.anna, cls.ben, cls.cora = cls.env["res.partner"].create(
            [
                {"name": name, "email": email, "parent_id": cls.alder.id}
                for name, email in (
                    ("Anna", "anna@alder.example"),
                    ("Ben", "ben@alder.example"),
                    ("Cora", False),
                )
            ]
        )
        cls.lead = cls.env["crm.lead"].create({"name": "Pumps", "type": "lead"})

    def _open_access(self):
        action = self.alder.with_user(self.manager).action_open_reseller_portal_access()
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def test_everybody_is_invited_in_one_click(self):
        wizard = self._open_access()
        self.assertEqual(
            wizard.line_ids.partner_id, self.alder | self.anna | self.ben | self.cora
        )
        self.assertEqual(set(wizard.line_ids.mapped("role")), {"none"})
        result = wizard.action_invite_all()
        self.assertIn("Cora has no valid e-mail", result["params"]["message"])
        for person in (self.anna, self.ben):
            self.assertTrue(person.user_ids.share)
            self.assertTrue(person.user_ids.has_group(USER_GROUP))
        self.assertFalse(self.cora.user_ids)
        self.assertFalse(self.alder.user_ids, "the company is no person")
        # a second click changes nothing
        users = (self.anna | self.ben).user_ids
        self._open_access().action_invite_all()
        self.assertEqual((self.anna | self.ben | self.alder).user_ids, users)

    def test_roles_are_given_changed_and_taken_away(self):
        with Form(self._open_access()) as form, form.line_ids.edit(0) as line:
            name = line.partner_id.name
            line.role = "supervisor"
        wizard = form.record
        wizard.action_apply()
        person = wizard.line_ids[0].partner_id
        self.assertEqual(person.name, name)
        self.assertTrue(person.user_ids.has_group(SUPERVISOR_GROUP))
        for role, group, expected in (
            ("user", SUPERVISOR_GROUP, False),
            ("supervisor", SUPERVISOR_GROUP, True),
        ):
            wizard = self._open_access()
            wizard.line_ids.filtered(lambda li: li.partner_id == person).role = role
            wizard.action_apply()
            self.assertEqual(person.user_ids.has_group(group), expected)
            self.assertTrue(person.user_ids.has_group(USER_GROUP))
        wizard = self._open_access()
        wizard.line_ids.filtered(lambda li: li.partner_id == person).role = "none"
        wizard.action_apply()
        self.assertFalse(person.user_ids, "archived")
        user = person.with_context(active_test=False).user_ids
        self.assertFalse(user.has_group(USER_GROUP))
        self.assertFalse(user.has_group("base.group_portal"))
        # and back
        wizard = self._open_access()
        wizard.line_ids.filtered(lambda li: li.partner_id == person).role = "user"
        wizard.action_apply()
        self.assertTrue(person.user_ids.has_group(USER_GROUP))

    def test_an_address_of_somebody_else_is_refused(self):
        new_test_user(self.env, "ben@alder.example", groups="base.group_portal")
        wizard = self._open_access()
        wizard.line_ids.filtered(lambda li: li.partner_id == self.ben).role = "user"
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertFalse(self.ben.user_ids)

    def test_only_managers_manage(self):
        salesman = new_test_user(
            self.env, "portal_salesman2", groups="sales_team.group_sale_salesman"
        )
        with self.assertRaises(AccessError):
            self.alder.with_user(salesman).action_open_reseller_portal_access()
        with self.assertRaises(AccessError):
            self.env["crm.reseller.portal.access"].with_user(salesman).create(
                {"reseller_id": self.alder.id}
            )
        with self.assertRaises(AccessError):
            self.lead.with_user(salesman).action_view_as_reseller()

    def test_accounts_of_resellers_get_their_rights(self):
        user = new_test_user(self.env, "later_reseller", groups="base.group_portal")
        self.assertFalse(user.has_group(USER_GROUP))
        user.partner_id.parent_id = self.alder
        self.assertTrue(user.has_group(USER_GROUP))
        other = new_test_user(self.env, "own_firm", groups="base.group_portal")
        other.partner_id.reseller_level_id = self.level
        self.assertTrue(other.has_group(USER_GROUP))
        internal = new_test_user(self.env, "inside", groups="base.group_user")
        internal.partner_id.parent_id = self.alder
        self.assertFalse(internal.has_group(USER_GROUP))

    def test_odoos_own_assistant_can_revoke(self):
        self._open_access().action_invite_all()
        user = self.anna.user_ids
        wizard = self.env["portal.wizard"].create(
            {"partner_ids": [(6, 0, self.anna.ids)]}
        )
        wizard.user_ids.action_revoke_access()
        self.assertFalse(user.active)
        self.assertFalse(user.has_group(USER_GROUP))

    def test_a_contact_without_an_account_is_invited_once(self):
        (self.ben | self.cora).active = False
        self.alder.email = False
        Mail = self.env["mail.mail"].sudo()

        def sent(words):
            mails = Mail.search([("email_to", "ilike", "anna@alder.example")])
            mails |= Mail.search([("recipient_ids", "in", self.anna.ids)])
            return mails.filtered(lambda mail: words in (mail.subject or ""))

        Mail.search([]).unlink()
        self.lead.with_user(self.manager).assign_to_reseller(self.alder)
        user = self.anna.user_ids
        self.assertTrue(user.has_group(USER_GROUP))
        self.assertTrue(self.anna.reseller_invited_on)
        self.assertFalse(sent("Pumps"), "the invitation replaces the notice")
        first = self.anna.reseller_invited_on
        second = self.env["crm.lead"].create({"name": "Second pumps", "type": "lead"})
        second.with_user(self.manager).assign_to_reseller(self.alder)
        self.assertEqual(self.anna.reseller_invited_on, first)
        self.assertEqual(self.anna.user_ids, user)
        self.assertEqual(
            len(self.env["res.users"].search([("login", "=", user.login)])), 1
        )

    def test_a_mailbox_is_no_person(self):
        (self.ben | self.cora).active = False
        self.lead.with_user(self.manager).assign_to_reseller(self.alder)
        self.assertFalse(self.alder.user_ids)
        self.assertTrue(self.anna.user_ids)
        # one person who can sign in is enough
        self.ben.active = True
        second = self.env["crm.lead"].create({"name": "More pumps", "type": "lead"})
        second.with_user(self.manager).assign_to_reseller(self.alder)
        self.assertFalse(self.ben.user_ids)

    def test_a_lead_that_leaves_takes_everything_along(self):
        self._open_access().action_invite_all()
        user = self.anna.user_ids
        lead = self.lead
        lead.assign_to_reseller(self.alder)
        mine = lead.with_user(user).sudo()
        mine.reseller_accept()
        mine.reseller_convert()
        mine._reseller_plan_step("call", "Call", "2030-01-01")
        mine._reseller_report_outcome("won", comment="Yes")
        self.assertIn(self.anna, lead.message_partner_ids)
        lead.with_user(self.manager).reseller_withdraw()
        self.assertNotIn(self.anna, lead.message_partner_ids)
        self.assertFalse(lead.reseller_step_type or lead.reseller_step_date)
        self.assertEqual(lead.reseller_outcome_ids.state, "withdrawn")
        self.assertFalse(lead.with_user(self.manager).reseller_reported_outcome)

    def test_reported_results_show_on_the_form(self):
        self._open_access().action_invite_all()
        user = self.anna.user_ids
        self.lead.assign_to_reseller(self.alder)
        mine = self.lead.with_user(user).sudo()
        mine.reseller_accept()
        mine.reseller_convert()
        reason = self.env["crm.lost.reason"].create({"name": "Gone (test)"})
        mine._reseller_report_outcome("lost", reason)
        with self.assertRaises(UserError):
            mine._reseller_report_outcome("won")
        form = Form(self.lead.with_user(self.manager))
        self.assertEqual(form.reseller_reported_outcome, "lost")
        self.lead.with_user(self.manager).action_confirm_reseller_outcome()
        self.assertFalse(self.lead.active)
        self.assertEqual(self.lead.lost_reason_id, reason)
