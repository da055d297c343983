from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import IntakeCase


@tagged("post_install", "-at_install")
class TestWhoseAddress(IntakeCase):
    """Addresses of our own side do not say who a customer is."""

    def _mail(self, sender, subject, body="Please call me"):
        self.env["crm.lead"].message_process(
            "crm.lead",
            f"From: {sender}\nTo: sales@x.example\nSubject: {subject}\n"
            f"Message-Id: <{subject.replace(' ', '-')}@x.example>\n\n{body}",
        )
        return self.Lead.search([("name", "=", subject)])

    def test_mails_that_colleagues_forward(self):
        leads = self.Lead
        for number in (1, 2):
            leads |= self._mail(
                "Marc <intake_manager@staff.example.com>", f"Fwd request {number}"
            )
        self.assertEqual(len(leads), 2)

    def test_the_address_of_our_company(self):
        self.env.company.email = "office@ours.example"
        leads = self.Lead.with_user(self.agent).create(
            [
                {"name": "One", "email_from": "office@ours.example"},
                {"name": "Two", "email_from": "Office@Ours.example"},
            ]
        )
        self.assertEqual(len(set(leads.ids)), 2)

    def test_an_alias(self):
        self.env["mail.alias.domain"].create(
            {
                "name": "alias.example",
                "bounce_alias": "intake-b",
                "catchall_alias": "intake-c",
            }
        )
        self.assertEqual(
            self.Lead._get_unproving_addresses(
                {"intake-c@alias.example", "pat@example.com"}
            ),
            {"intake-c@alias.example"},
        )

    def test_no_reply_senders(self):
        leads = self._mail("Shop <noreply@shop.example>", "Order 1")
        leads |= self._mail("Shop <noreply@shop.example>", "Order 2")
        self.assertEqual(len(leads), 2)

    def test_who_left_gets_nothing(self):
        """The team's leader hears of the customer, and not the former salesperson."""
        leader = self._new_user("intake_leader", "sales_team.group_sale_manager")
        self.team.user_id = leader
        former = self._new_user("intake_former", "sales_team.group_sale_salesman")
        lead = self._lead(user_id=former.id, email_from="pat@example.com")
        former.active = False
        self.Lead.intake([{"name": "again", "email_from": "pat@example.com"}])
        notified = lead.message_ids[0].notified_partner_ids
        self.assertIn(leader.partner_id, notified)
        self.assertNotIn(former.partner_id, notified)

    def test_a_company_the_user_is_not_in(self):
        """Refused as without intake, and nothing is written there."""
        company = self.env["res.company"].create({"name": "Second"})
        theirs = self._lead(
            company_id=company.id,
            team_id=False,
            user_id=False,
            email_from="pat@second.example",
        )
        before = len(theirs.message_ids)
        for values, context in (
            ({"company_id": company.id}, {}),
            ({}, {"default_company_id": company.id}),
        ):
            with self.assertRaises(AccessError):
                self.Lead.with_user(self.agent).with_context(**context).create(
                    {
                        "name": "Intruder",
                        "email_from": "pat@second.example",
                        "phone": "+32 470 12 34 56",
                        **values,
                    }
                )
        self.assertFalse(theirs.phone)
        self.assertEqual(len(theirs.message_ids), before)
