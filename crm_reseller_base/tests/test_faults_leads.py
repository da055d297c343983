"""Faults of comparable software, tried on leads and offers; grouped by kind."""

import contextlib
from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged

from ..models.crm_lead import OFFER_FIELDS
from .common import ResellerCase


class FaultCase(ResellerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.make_portal_user(cls.alfa, "ann")
        cls.let_in(cls.alfa | cls.beta)
        cls.salesman = cls.make_user("sally", "sales_team.group_sale_salesman")
        cls.manager = cls.make_user("manny", "sales_team.group_sale_manager")
        cls.won = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls.open_stage = cls.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        cls.other = cls.env["res.company"].create({"name": "Other"})

    def offered(self, reseller=None, **values):
        lead = self.make_leads(**values)
        lead.assign_to_reseller(reseller or self.alfa)
        return lead


@tagged("post_install", "-at_install")
class TestGuards(FaultCase):
    """What follows from offers cannot be pretended, whatever the way in."""

    FORGED = {
        "reseller_state": "accepted",
        "reseller_offered_on": "2026-01-05 09:00:00",
        "reseller_due_on": "2026-01-05 09:00:00",
        "reseller_answered_on": "2026-01-05 09:00:00",
        "reseller_assign_issue": "rounds",
        "reseller_escalated_on": "2026-01-05 09:00:00",
        "reseller_round_started_on": "2026-01-05 09:00:00",
        "reseller_worked_on": "2026-01-05 09:00:00",
    }

    def forged_lines(self):
        line = {
            "reseller_id": self.alfa.id,
            "method": "manual",
            "state": "accepted",
            "offered_on": "2026-01-05 09:00:00",
        }
        return {
            "reseller_offer_ids": [(0, 0, line)],
            "reseller_excluded_ids": [(6, 0, self.alfa.ids)],
        }

    def all_forged(self):
        forged = {**self.FORGED, **self.forged_lines()}
        self.assertEqual(set(forged), OFFER_FIELDS, "a new field needs its own value")
        return forged

    def assert_untouched(self, lead, name):
        lead = lead.sudo()
        lead.invalidate_recordset()
        self.assertEqual(lead.reseller_state, "none", name)
        self.assertFalse(lead.reseller_offer_ids, name)
        if name != "reseller_state":
            self.assertFalse(lead[name], name)

    def test_create_and_write(self):
        for name, value in self.all_forged().items():
            for user in (self.salesman, self.manager, self.env.user):
                Lead = self.env["crm.lead"].with_user(user)
                with self.assertRaises(UserError, msg=name):
                    Lead.create({"name": "x", name: value})
                lead = Lead.create({"name": "x", "user_id": user.id})
                with self.assertRaises(UserError, msg=name):
                    lead.write({name: value})

    def test_defaults_of_the_context(self):
        for name, value in self.all_forged().items():
            lead = (
                self.env["crm.lead"]
                .with_user(self.salesman)
                .with_context(**{f"default_{name}": value})
                .create({"name": "x"})
            )
            self.assert_untouched(lead, name)

    def test_defaults_of_the_user(self):
        for name in ("reseller_state", "reseller_due_on"):
            self.env["ir.default"].with_user(self.salesman).set(
                "crm.lead", name, self.FORGED[name], user_id=True
            )
        lead = self.env["crm.lead"].with_user(self.salesman).create({"name": "x"})
        self.assert_untouched(lead, "reseller_due_on")

    def test_a_default_reseller_is_an_offer(self):
        """The button of a contact may name one; it makes an offer like any other."""
        lead = (
            self.env["crm.lead"]
            .with_user(self.salesman)
            .with_context(
                default_reseller_id=self.alfa.id, default_reseller_state="accepted"
            )
            .create({"name": "x"})
        )
        self.assertEqual(self.outcomes(lead.sudo()), [("Alfa", "pending")])
        self.assertEqual(lead.reseller_state, "pending")

    def test_import_copy_and_commands(self):
        Lead = self.env["crm.lead"].with_user(self.salesman)
        result = Lead.load(
            ["name", "reseller_state", "reseller_due_on"],
            [["x", "Accepted", "2026-01-05 09:00:00"]],
        )
        self.assertFalse(result["ids"])
        lead = self.offered(user_id=self.salesman.id)
        copy = lead.with_user(self.salesman).copy()
        for name in OFFER_FIELDS:
            self.assert_untouched(copy, name)
        partner = self.env["res.partner"].create({"name": "Customer"})
        with self.assertRaises(UserError):
            partner.write({"opportunity_ids": [(0, 0, {"name": "x", **self.FORGED})]})
        lead_id, _name = Lead.with_context(
            default_reseller_state="accepted"
        ).name_create("y")
        self.assert_untouched(Lead.browse(lead_id), "reseller_due_on")

    def test_what_changes_nothing_passes(self):
        """Forms and merges send what is there already."""
        lead = self.offered()
        lead.write({"reseller_state": "pending", "name": "New"})
        self.assertEqual(lead.name, "New")


@tagged("post_install", "-at_install")
class TestContext(FaultCase):
    """Nothing in a context from outside steers what the methods do."""

    def test_no_archived_reseller_gets_a_declined_lead(self):
        lead = self.offered()
        self.beta.user_ids.active = False
        self.beta.active = False
        lead.with_user(self.ann).with_context(
            active_test=False
        ).sudo().reseller_decline(self.territory_reason)
        self.assertFalse(lead.reseller_id)

    def test_archived_reasons_are_refused(self):
        lead = self.offered()
        self.territory_reason.active = False
        with self.assertRaisesRegex(UserError, "Choose one of the reasons"):
            lead.with_user(self.ann).with_context(
                active_test=False
            ).sudo().reseller_decline(self.territory_reason.id)

    def test_the_next_reseller_is_notified(self):
        lead = self.offered()
        lead.with_user(self.ann).with_context(
            reseller_no_notice=True
        ).sudo().reseller_decline(self.territory_reason)
        self.assertEqual(lead.reseller_id, self.beta)
        self.env["crm.lead"]._cron_send_notices()
        mails = self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )
        self.assertIn(self.beta.email, mails.recipient_ids.mapped("email"))

    def test_long_and_odd_comments_are_refused(self):
        lead = self.offered()
        for comment in ("x" * 2001, 5, ["x"], {"a": 1}, True):
            with self.assertRaises(UserError):
                lead.with_user(self.ann).sudo().reseller_accept(comment)
            with self.assertRaises(UserError):
                lead.with_user(self.ann).sudo().reseller_decline(
                    self.territory_reason.id, comment
                )
        self.assertEqual(lead.reseller_state, "pending")
        lead.with_user(self.ann).sudo().reseller_accept("a\x00b" + "x" * 1990)
        self.assertNotIn("\x00", lead.reseller_offer_ids.comment)


@tagged("post_install", "-at_install")
class TestClosing(FaultCase):
    """Closing by any way ends the offers of exactly the leads that were closed."""

    def test_ways(self):
        reason = self.env["crm.lost.reason"].search([], limit=1)
        ways = {
            "won button": lambda lead: lead.action_set_won(),
            "lost button": lambda lead: lead.action_set_lost(lost_reason_id=reason.id),
            "archived": lambda lead: lead.action_archive(),
            "a number for a flag": lambda lead: lead.write(
                {"active": 0, "lost_reason_id": reason.id}
            ),
            "stage": lambda lead: lead.write({"stage_id": self.won.id}),
            "import": lambda lead: lead._export_rows([["id"]])
            and lead.load([".id", "stage_id/.id"], [[str(lead.id), str(self.won.id)]]),
        }
        for name, close in ways.items():
            lead, kept = self.offered(type="opportunity"), self.offered()
            close(lead)
            self.assertEqual(self.outcomes(lead), [("Alfa", "withdrawn")], name)
            self.assertEqual(lead.reseller_state, "none", name)
            self.assertEqual(self.outcomes(kept), [("Alfa", "pending")], name)

    def test_a_stage_that_becomes_won(self):
        stage = self.env["crm.stage"].create({"name": "Signed"})
        lead, held = self.offered(stage_id=stage.id), self.offered(stage_id=stage.id)
        held.reseller_accept()
        stage.is_won = True
        self.assertEqual(lead.reseller_state, "none")
        self.assertEqual(held.reseller_state, "accepted")
        self.assertEqual(self.alfa.reseller_open_lead_count, 0)
        stage.is_won = False
        self.alfa.invalidate_recordset(["reseller_open_lead_count"])
        self.assertEqual(self.alfa.reseller_open_lead_count, 1)

    def test_a_won_deal_has_a_closing_date(self):
        """Odoo forgets it when the probability is edited, figures count by it."""
        stage = self.env["crm.stage"].create({"name": "Signed"})
        lead, other = self.offered(type="opportunity"), self.offered(stage_id=stage.id)
        (lead | other).reseller_accept()
        lead.action_set_won()
        self.assertTrue(lead.date_closed)
        # Odoo 19 refuses it
        with contextlib.suppress(ValidationError), self.env.cr.savepoint():
            lead.with_user(self.manager).write({"probability": 40})
        self.assertTrue(lead.stage_id.is_won)
        self.assertTrue(lead.date_closed)
        stage.is_won = True
        self.assertTrue(other.date_closed)
        # back in an open stage it is closed no more
        lead.with_context(skip_stage_transition_check=True).write(
            {"stage_id": self.open_stage.id}
        )
        self.assertFalse(lead.date_closed)

    def test_a_write_that_closes_nothing(self):
        lead = self.offered()
        lead.write({"stage_id": self.open_stage.id, "active": True})
        self.assertEqual(lead.reseller_state, "pending")

    def test_convert_does_what_it_says(self):
        """Also where Odoo takes a lead of 100 % for closed."""
        lead = self.offered(probability=100)
        lead.reseller_accept()
        lead.reseller_convert()
        self.assertEqual(lead.type, "opportunity")

    def test_convert_keeps_the_company(self):
        team = self.env["crm.team"].create({"name": "T", "company_id": False})
        lead = self.make_leads(team_id=team.id, company_id=self.other.id)
        lead.company_id = self.other
        lead.assign_to_reseller(self.alfa)
        lead.reseller_accept()
        lead.reseller_convert()
        self.env.flush_all()
        self.assertEqual(lead.company_id, self.other)


@tagged("post_install", "-at_install")
class TestTargets(FaultCase):
    """No archived, foreign or competing reseller, person or company."""

    def test_archived_resellers_get_nothing(self):
        self.alfa.child_ids.user_ids.active = False
        self.alfa.user_ids.active = False
        self.alfa.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.make_leads().assign_to_reseller(self.alfa)
        with self.assertRaisesRegex(UserError, "archived"):
            self.make_leads(reseller_id=self.alfa.id)

    def test_odd_targets_are_refused(self):
        lead = self.make_leads()
        for target in (0, -1, 10**12, True, "1", [1], None, self.salesman):
            with self.assertRaisesRegex(UserError, "Choose one reseller"):
                lead.assign_to_reseller(target)

    def test_a_competitor_cannot_be_in_charge(self):
        rival = self.env["res.partner"].create(
            {"name": "Rob", "parent_id": self.beta.id}
        )
        lead = self.offered()
        with self.assertRaisesRegex(ValidationError, "does not work for"):
            lead.reseller_contact_id = rival
        lead.reseller_contact_id = self.ann.partner_id

    def test_a_lead_that_moves_to_another_company(self):
        self.alfa.company_id = self.env.company
        for accept in (False, True):
            lead = self.offered(company_id=self.env.company.id)
            if accept:
                lead.reseller_accept()
            lead.company_id = self.other
            self.env.flush_all()
            self.assertFalse(lead.reseller_id)
            self.assertEqual(lead.reseller_state, "none")
        free = self.offered(self.beta, company_id=self.env.company.id)
        free.company_id = self.other
        self.assertEqual(free.reseller_id, self.beta)

    def test_own_requests_are_not_offered(self):
        """Neither to the reseller itself nor to a competitor; the team is asked."""
        self.rule.automatic = True
        contact = self.ann.partner_id
        for values in (
            {"partner_id": self.alfa.id},
            {"partner_id": contact.id},
            {"email_from": f"Ann <{contact.email}>"},
        ):
            lead = self.make_leads(**values)
            self.assertFalse(lead.reseller_id, values)
            self.assertEqual(lead.reseller_assign_issue, "own_request", values)

    def test_archived_people_are_not_asked(self):
        gone = self.make_user("gone", "sales_team.group_sale_salesman")
        lead = self.make_leads(user_id=gone.id)
        self.env.company.reseller_channel_manager_id = gone
        gone.active = False
        self.assertNotEqual(lead._get_channel_manager(), gone)
        self.assertNotEqual(lead._get_team_contact(), gone)
        left = self.env["res.partner"].create(
            {"name": "Left", "parent_id": self.alfa.id, "email": "left@example.com"}
        )
        lead.assign_to_reseller(self.alfa)
        lead.reseller_contact_id = left
        left.active = False
        lead.invalidate_recordset()
        self.assertNotEqual(lead.reseller_notice_partner_id, left)

    def test_offers_go_to_people_not_to_the_accounting_address(self):
        gamma = self.make_reseller("Gamma", email=False)
        self.env["res.partner"].create(
            {
                "name": "Accounts",
                "parent_id": gamma.id,
                "type": "invoice",
                "email": "accounts@example.com",
            }
        )
        zoe = self.env["res.partner"].create(
            {"name": "Zoe", "parent_id": gamma.id, "email": "zoe@example.com"}
        )
        lead = self.offered(gamma)
        self.assertEqual(lead.reseller_notice_partner_id, zoe)


@tagged("post_install", "-at_install")
class TestCompanies(FaultCase):
    """Settings, calendar and company are those of the record, not of the user."""

    def test_deadline_of_a_lead_without_company(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "T", "tz": "Asia/Tokyo"}
        )
        self.other.resource_calendar_id = calendar
        lead = self.make_leads(company_id=False)
        lead.company_id = False
        due = set()
        for company in (self.env.company, self.other):
            lead.with_company(company).assign_to_reseller(self.alfa)
            due.add(lead.reseller_due_on.replace(second=0, microsecond=0))
            lead.reseller_withdraw()
        self.assertEqual(len(due), 1)

    def test_holidays_of_another_company_do_not_count(self):
        start = datetime(2026, 11, 30, 8)
        company = self.env.company
        before = company._get_reseller_deadline(start, 8)
        leave = (
            self.env["resource.calendar.leaves"]
            .with_company(self.other)
            .create(
                {
                    "name": "Theirs",
                    "calendar_id": False,
                    "company_id": self.other.id,
                    "date_from": datetime(2026, 11, 30, 0),
                    "date_to": datetime(2026, 11, 30, 23, 59),
                }
            )
        )
        leave.flush_recordset()
        self.assertEqual(leave.company_id, self.other)
        self.assertEqual(company._get_reseller_deadline(start, 8), before)
        self.assertNotEqual(self.other._get_reseller_deadline(start, 8), before)

    def test_amounts_have_the_currency_of_the_record(self):
        chf = self.env.ref("base.CHF")
        chf.active = True
        self.other.currency_id = chf
        lead = self.offered()
        lead.company_id = False
        for company in (self.env.company, self.other):
            self.env.invalidate_all()
            currency = lead.with_company(company).company_currency
            self.assertEqual(currency, lead._get_reseller_company().currency_id)
        lead.company_id = self.other
        self.assertEqual(lead.company_currency, chf)

    def test_only_who_may_open_the_lead_is_asked(self):
        """Of another company: the salesperson, the manager, the administrator."""
        theirs = self.make_user("theirs", "sales_team.group_sale_manager")
        theirs.write(
            {"company_ids": [(6, 0, self.other.ids)], "company_id": self.other.id}
        )
        ours = self.env.company
        self.other.reseller_channel_manager_id = self.manager
        ours.reseller_channel_manager_id = theirs
        team = self.env["crm.team"].create({"name": "T", "company_id": False})
        lead = self.make_leads(team_id=team.id, user_id=False)
        for company in (ours, self.other):
            lead.company_id = company
            asked = lead._get_channel_manager()
            self.assertIn(company, asked.company_ids, asked.name)
            self.assertEqual(lead._get_team_contact(), asked)

    def test_the_offer_keeps_its_company(self):
        lead = self.offered(company_id=self.env.company.id)
        lead.company_id = self.other
        self.assertEqual(lead.reseller_offer_ids.company_id, self.env.company)
        none = self.make_leads()
        none.company_id = False
        none.assign_to_reseller(self.alfa)
        self.assertEqual(
            none.reseller_offer_ids.company_id, none._get_reseller_company()
        )

    def test_each_company_has_its_own_switch(self):
        self.rule.automatic = True
        self.other.reseller_auto_assign = False
        theirs = self.make_leads(company_id=self.other.id)
        ours = self.make_leads(company_id=self.env.company.id)
        self.assertEqual(ours.reseller_state, "pending")
        self.assertEqual(theirs.reseller_state, "none")
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertEqual(theirs.reseller_state, "none")
        self.other.reseller_auto_assign = True
        self.env["crm.lead"]._cron_assign_resellers()
        self.assertEqual(theirs.reseller_state, "pending")


@tagged("post_install", "-at_install")
class TestMerging(FaultCase):
    def get_mails(self, since, reseller):
        mails = self.env["mail.mail"].search([("id", ">", since)])
        return mails.filtered(
            lambda mail: mail.recipient_ids.commercial_partner_id == reseller
        )

    def get_last_mail_id(self):
        return self.env["mail.mail"].search([], order="id desc", limit=1).id

    def test_the_other_reseller_is_told(self):
        for accept in (False, True):
            head, tail = self.offered(), self.offered(self.beta)
            head.reseller_accept()
            if accept:
                tail.reseller_accept()
            since = self.get_last_mail_id()
            (head | tail).merge_opportunity()
            mail = self.get_mails(since, self.beta)
            self.assertEqual(len(mail), 1)
            self.assertIn("merged with another one", mail.body_html)
            self.assertFalse(mail.res_id, "the lead may be gone")
            self.assertFalse(self.get_mails(since, self.alfa))
        both = self.offered() | self.offered()
        since = self.get_last_mail_id()
        both.merge_opportunity()
        self.assertFalse(self.get_mails(since, self.alfa), "it has both in one")

    def test_who_had_accepted_a_lead_is_told_that_it_is_taken_back(self):
        ways = {
            "withdrawn": lambda leads: leads.reseller_withdraw("internal reason"),
            "given to another": lambda leads: leads.assign_to_reseller(self.beta),
        }
        for name, take in ways.items():
            leads = self.offered(name="First") | self.offered(name="Second")
            leads.reseller_accept()
            since = self.get_last_mail_id()
            take(leads)
            mail = self.get_mails(since, self.alfa)
            self.assertEqual(len(mail), 1, name)
            for title in ("First", "Second"):
                self.assertIn(f"{title}: This lead was taken back.", mail.body_html)
            self.assertNotIn("internal reason", mail.body_html)

    def test_nothing_of_ours_is_lost(self):
        direction = self.env["crm.reseller.direction"].create({"name": "South"})
        product = self.env["product.product"].create({"name": "Loader"})
        head, tail = self.make_leads(2, type="opportunity")
        tail.write(
            {
                "reseller_direction_id": direction.id,
                "reseller_product_id": product.id,
                "reseller_manual_only": True,
            }
        )
        head._write_offer_vals({"reseller_assign_issue": "no_reseller"})
        tail.assign_to_reseller(self.alfa)
        tail.reseller_accept()
        worked = tail.reseller_worked_on
        tail.reseller_manual_only = True
        merged = (head | tail).merge_opportunity()
        self.assertEqual(merged.reseller_id, self.alfa)
        self.assertEqual(merged.reseller_state, "accepted")
        self.assertFalse(merged.reseller_assign_issue)
        self.assertEqual(merged.reseller_direction_id, direction)
        self.assertEqual(merged.reseller_product_id, product)
        self.assertTrue(merged.reseller_manual_only)
        self.assertEqual(merged.reseller_worked_on, worked)
