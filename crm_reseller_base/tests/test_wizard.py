"""The preview shows what will happen, and then it happens."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ResellerCase


@tagged("post_install", "-at_install")
class TestWizard(ResellerCase):
    def open(self, leads, user=None):
        leads = leads.with_user(user) if user else leads
        action = leads.action_open_reseller_wizard()
        return leads.env[action["res_model"]].browse(action["res_id"])

    def mails(self, leads):
        return self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "in", leads.ids)]
        )

    def test_preview_is_what_happens(self):
        leads = self.make_leads(12)
        for number in range(4):
            self.let_in(self.make_reseller(f"R{number}"))
        self.let_in(self.alfa | self.beta)
        wizard = self.open(leads)
        shown = {line.lead_id: line.reseller_id for line in wizard.line_ids}
        self.assertEqual(set(shown), set(leads))
        self.assertIn("eligible", wizard.line_ids[0].explanation)
        self.assertFalse(leads.reseller_id, "a preview changes nothing")
        self.assertFalse(leads.reseller_offer_ids)
        action = wizard.action_confirm()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertEqual({lead: lead.reseller_id for lead in leads}, shown)
        self.assertEqual(set(wizard.line_ids.mapped("problem")), {"offered"})
        self.assertEqual(set(wizard.line_ids.mapped("rule_name")), {"Everything"})
        self.assertAlmostEqual(wizard.line_ids[0].chance, 100 / 6, places=1)
        self.assertEqual(len(self.mails(leads)), 12)

    def test_round_robin_preview_takes_no_turn(self):
        self.rule.method = "round_robin"
        lead = self.make_leads()
        names = {self.open(lead).line_ids.reseller_id.name for _again in range(3)}
        self.assertEqual(len(names), 1)
        self.assertFalse(
            self.env["crm.reseller.round.robin"].search(
                [("rule_id", "=", self.rule.id)]
            )
        )

    def test_result_per_lead(self):
        free, pending, lost, nowhere = self.make_leads(4)
        pending.assign_to_reseller(self.alfa)
        lost.active = False
        nowhere.country_id = self.france
        wizard = self.open(free | pending | lost | nowhere)
        expected = {
            free: False,
            pending: "held",
            lost: "closed",
            nowhere: "no_reseller",
        }
        self.assertEqual(
            {line.lead_id: line.problem for line in wizard.line_ids}, expected
        )
        wizard.action_confirm()
        self.assertEqual(
            {line.lead_id: line.problem for line in wizard.line_ids},
            {**expected, free: "offered"},
        )
        self.assertTrue(nowhere.activity_ids)

    def test_chosen_reseller(self):
        free, pending = self.make_leads(2)
        pending.assign_to_reseller(self.alfa)
        wizard = self.open(free | pending)
        with Form(wizard) as form:
            form.mode = "chosen"
            form.reseller_id = self.beta
        self.assertEqual(wizard.line_ids.reseller_id, self.beta)
        self.assertEqual(
            wizard.line_ids.filtered(lambda line: line.lead_id == pending).problem,
            "taken_back",
        )
        wizard.action_confirm()
        self.assertEqual((free | pending).reseller_id, self.beta)
        self.assertEqual(
            self.outcomes(pending), [("Alfa", "withdrawn"), ("Beta", "pending")]
        )

    def test_reassign_asks_for_a_reseller(self):
        """Rules would leave alone what is offered already: that is no way to begin."""
        free, held = self.make_leads(2)
        held.assign_to_reseller(self.alfa)
        Wizard = self.env["crm.reseller.assign.wizard"]
        action = held.reseller_offer_ids.action_reassign()
        wizard = Wizard.browse(action["res_id"])
        self.assertEqual(wizard.mode, "chosen")
        wizard.reseller_id = self.beta
        wizard.action_confirm()
        self.assertEqual(
            (held.reseller_id, held.reseller_state), (self.beta, "pending")
        )
        self.assertEqual(
            held.reseller_offer_ids.sorted("id").mapped("state"),
            ["withdrawn", "pending"],
        )
        for leads in (free, free | held):
            action = leads.action_open_reseller_wizard()
            self.assertEqual(Wizard.browse(action["res_id"]).mode, "automatic")

    def test_chosen_reseller_missing(self):
        wizard = self.open(self.make_leads())
        wizard.mode = "chosen"
        with self.assertRaisesRegex(UserError, "Choose a reseller"):
            wizard.action_confirm()

    def test_without_mail(self):
        leads = self.make_leads(2)
        wizard = self.open(leads)
        wizard.send_notice = False
        wizard.action_confirm()
        self.env["crm.lead"]._cron_send_notices()
        self.assertFalse(self.mails(leads))

    def test_edited_mail(self):
        self.let_in(self.alfa | self.beta)
        lead = self.make_leads()
        template = self.env.ref("crm_reseller_base.mail_template_offer")
        before = self.env["mail.template"].search_count([])
        wizard = self.open(lead)
        self.assertEqual(wizard.subject, template.subject)
        wizard.write(
            {
                "subject": "Special: {{ object.name }}",
                "body": "<p>Dear <t t-out='object.reseller_id.name'/>!</p>",
            }
        )
        wizard.action_confirm()
        mail = self.mails(lead)
        self.assertEqual(mail.subject, "Special: Lead 0")
        self.assertIn(f"Dear {lead.reseller_id.name}!", mail.body_html)
        self.assertEqual(self.env["mail.template"].search_count([]), before)
        self.assertNotIn("Special", template.subject)

    def test_salesman_does_not_run_programs(self):
        """Who may not write templates cannot slip one in through the wizard."""
        # as the general setting "Restrict mail templates" does
        editors = self.env.ref("mail.group_mail_template_editor")
        self.env.ref("base.group_user").write({"implied_ids": [(3, editors.id)]})
        salesman = self.make_user("sally", "sales_team.group_sale_salesman")
        self.let_in(self.alfa | self.beta)
        lead = self.make_leads(user_id=salesman.id)
        wizard = self.open(lead, salesman)
        wizard.write({"subject": "{{ object.env.cr }}", "body": "<p>Mine</p>"})
        wizard.action_confirm()
        mail = self.mails(lead)
        self.assertEqual(mail.subject, "A lead for you: Lead 0")
        self.assertNotIn("Mine", mail.body_html)

    def test_other_peoples_leads(self):
        salesman = self.make_user("sally", "sales_team.group_sale_salesman")
        lead = self.make_leads(user_id=self.env.uid)
        with self.assertRaises(AccessError):
            self.open(lead, salesman)
        wizard = self.open(self.make_leads(user_id=salesman.id), salesman)
        with self.assertRaises(AccessError):
            wizard.write({"lead_ids": [(6, 0, lead.ids)]})
            wizard.action_confirm()
        self.assertFalse(lead.reseller_id)

    def test_many_leads(self):
        """All are assigned, a hundred are listed."""
        leads = self.make_leads(120)
        wizard = self.open(leads)
        self.assertEqual(len(wizard.line_ids), 100)
        self.assertIn("100 of 120 leads are listed", wizard.summary)
        wizard.action_confirm()
        self.assertEqual(set(leads.mapped("reseller_state")), {"pending"})
        self.assertIn("Leads offered: 120.", wizard.summary)

    def test_of_many_those_without_an_offer_are_listed(self):
        """The few that ask for a look do not hide behind the first hundred."""
        leads = self.make_leads(110)
        nowhere = leads[105:]
        nowhere.country_id = self.france
        wizard = self.open(leads)
        self.assertEqual(wizard.line_ids[:5].lead_id, nowhere)
        self.assertIn("5 of 110 leads would not be offered", wizard.summary)
        wizard.action_confirm()
        self.assertIn("Leads offered: 105. No reseller found for 5.", wizard.summary)
        self.assertEqual(set(wizard.line_ids[:5].mapped("problem")), {"no_reseller"})

    def test_second_click_changes_nothing(self):
        leads = self.make_leads(2)
        wizard = self.open(leads)
        wizard.action_confirm()
        before = wizard.line_ids.mapped("problem"), wizard.summary
        wizard.action_confirm()
        self.assertEqual((wizard.line_ids.mapped("problem"), wizard.summary), before)
        self.assertEqual(len(leads.reseller_offer_ids), 2)

    def test_chosen_reseller_gets_what_can_be_offered(self):
        """One closed lead among many is left out, as the preview says."""
        other = self.env["res.company"].create({"name": "Other"})
        self.beta.company_id = self.env.company
        free, lost, foreign, held = leads = self.make_leads(
            4, company_id=self.env.company.id
        )
        lost.active = False
        foreign.company_id = other
        held.assign_to_reseller(self.beta)
        wizard = self.open(leads)
        with Form(wizard) as form:
            form.mode = "chosen"
            form.reseller_id = self.beta
        expected = {free: False, lost: "closed", foreign: "company", held: "held"}
        self.assertEqual(
            {line.lead_id: line.problem for line in wizard.line_ids}, expected
        )
        self.assertIn("3 of 4 leads would not be offered", wizard.summary)
        wizard.action_confirm()
        self.assertEqual(
            {line.lead_id: line.problem for line in wizard.line_ids},
            {**expected, free: "offered"},
        )
        self.assertEqual((free | held).reseller_id, self.beta)
        self.assertFalse((lost | foreign).reseller_id)

    def test_edited_mail_for_many_goes_with_the_cron(self):
        """As edited, in every language; once sent, nothing of it is left."""
        self.env["res.lang"]._activate_lang("de_DE")
        template = self.env.ref("crm_reseller_base.mail_template_offer")
        template.with_context(lang="de_DE").subject = "Eine Anfrage: {{ object.name }}"
        self.let_in(self.alfa | self.beta)
        (self.alfa | self.beta).lang = "de_DE"
        leads = self.make_leads(25)
        before = self.env["mail.template"].search_count([])
        wizard = self.open(leads)
        wizard.subject = "Special: {{ object.name }}"
        wizard.action_confirm()
        self.assertFalse(self.mails(leads), "too many to wait for")
        for _again in range(2):
            self.env["crm.lead"]._cron_send_notices()
        mails = self.mails(leads)
        self.assertEqual(len(mails), 25)
        self.assertEqual({mail.subject[:9] for mail in mails}, {"Special: "})
        self.assertEqual(self.env["mail.template"].search_count([]), before)
