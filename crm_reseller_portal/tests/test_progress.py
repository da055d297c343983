from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..forms import Milestone, ProgressForm
from ..lib.formats import PageFormats
from .common import ResellerPortalCase


class ProgressCase(ResellerPortalCase):
    """A deal of Anna, and the four milestones of the addon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("contacted", "qualified", "quoted", "ordered")
        cls.milestones = {
            name: cls.env.ref(f"crm_reseller_portal.milestone_{name}") for name in names
        }
        cls.contacted, cls.qualified, cls.quoted, cls.ordered = cls.milestones.values()
        cls.deal = cls._create_deal(cls.anna, expected_revenue=1000)
        cls.mine = cls.deal.with_user(cls.anna).sudo()
        cls.page = f"/my/opportunities/{cls.deal.id}"
        cls.address = f"{cls.page}/progress"

    @classmethod
    def _today(cls, days=0):
        return fields.Date.to_string(fields.Date.today() + timedelta(days=days))

    def _reach(self, name, **details):
        return self.mine._reseller_progress(self.milestones[name], details=details)

    def _messages(self):
        return self.deal.message_ids.filtered(
            lambda message: message.author_id == self.anna.partner_id
        )


@tagged("post_install", "-at_install")
class TestProgress(ProgressCase):
    """Resellers report how far they are; the team reads it."""

    # ------------------------------------------------------------
    # ON THE PAGE
    # ------------------------------------------------------------

    def test_one_tap_sets_a_milestone(self):
        self._login(self.anna)
        page = self._get(self.page)
        self.assertIn(f'value="{self.contacted.id}"', page.text)
        sent = len(self._messages())
        response = self._post(
            self.page, self.address, milestone_id=str(self.qualified.id)
        )
        self.assertIn("Our team sees where the deal is", response.text)
        self.assertEqual(self.deal.reseller_milestone_id, self.qualified)
        row = self.deal.reseller_progress_ids
        self.assertEqual(row.author_id, self.anna.partner_id)
        self.assertEqual(row.reseller_id, self.alder)
        self.assertFalse(row.previous_id)
        self.assertEqual(len(self._messages()), sent + 1)
        self.assertIn("Qualified", self._messages()[:1].body)
        self.assertIn(
            self.salesman.partner_id, self._messages()[:1].notified_partner_ids
        )
        text = self._get_main(response)
        self.assertRegex(text, r'aria-current="step"[^/]*Qualified')
        self.assertIn("alder_anna, ", text)

    def test_the_same_tap_twice_counts_once(self):
        self._reach("contacted")
        self._reach("contacted")
        self.assertEqual(len(self.deal.reseller_progress_ids), 1)

    def test_back_asks_for_a_reason(self):
        self._reach("qualified")
        self._login(self.anna)
        response = self._post(
            self.page, self.address, milestone_id=str(self.contacted.id)
        )
        self.assertIn("Why does the deal go back?", response.text)
        self.assertEqual(self.deal.reseller_milestone_id, self.qualified)
        data = {"milestone_id": str(self.contacted.id), "filled": "1"}
        response = self._post(self.page, self.address, 422, **data)
        self.assertIn("Enter why the deal goes back", response.text)
        self._post(self.page, self.address, **data, reason="A new buyer")
        self.assertEqual(self.deal.reseller_milestone_id, self.contacted)
        newest = self.deal.reseller_progress_ids[:1]
        self.assertTrue(newest.back)
        self.assertEqual(newest.reason, "A new buyer")
        self.assertEqual(newest.previous_id, self.qualified)
        self.assertEqual(len(self.deal.reseller_progress_ids), 2)
        with self.assertRaises(UserError):
            self._reach("qualified") and self.mine._reseller_progress(self.contacted)

    def test_a_quote_has_amount_validity_and_document(self):
        self._login(self.anna)
        response = self._post(self.page, self.address, milestone_id=str(self.quoted.id))
        self.assertIn("Amount of the quote", response.text)
        data = {"milestone_id": str(self.quoted.id), "filled": "1"}
        wrong = self._post(
            self.page,
            self.address,
            422,
            **data,
            amount="0",
            valid_until=self._today(-1),
        )
        self.assertIn("Enter an amount above zero", wrong.text)
        self.assertIn("This day has passed", wrong.text)
        self.assertFalse(self.deal.reseller_progress_ids)
        self.quoted.document_required = True
        data.update(amount="12,500.50", valid_until=self._today(30))
        wrong = self._post(self.page, self.address, 422, **data)
        self.assertIn("Add the document", wrong.text)
        response = self._post(
            self.page,
            self.address,
            files=[("documents", ("quote.txt", b"words"))],
            **data,
        )
        row = self.deal.reseller_progress_ids
        self.assertEqual(row.amount, 12500.5)
        self.assertEqual(row.valid_until, fields.Date.to_date(self._today(30)))
        self.assertEqual(row.document_ids.mapped("name"), ["quote.txt"])
        self.assertEqual(self.deal.expected_revenue, 12500.5)
        self.assertIn("quote.txt", response.text)
        body = self._messages()[:1].body
        self.assertIn("12,500.50", body)
        # another quote is another row
        self._reach("quoted", amount=13000, valid_until=self._today(10))
        self._reach("quoted", amount=13000, valid_until=self._today(10))
        self.assertEqual(len(self.deal.reseller_progress_ids), 2)

    def test_an_order_is_reported_as_won(self):
        self._login(self.anna)
        data = {
            "milestone_id": str(self.ordered.id),
            "filled": "1",
            "amount": "9000",
            "order_date": self._today(),
        }
        wrong = self._post(self.page, self.address, 422, **data)
        self.assertIn("Enter the number of the order", wrong.text)
        self._post(
            self.page,
            self.address,
            files=[("documents", ("order.txt", b"words"))],
            **data,
            order_reference="PO-77",
        )
        row = self.deal.reseller_progress_ids
        self.assertEqual(row.order_reference, "PO-77")
        self.assertEqual(row.document_ids.mapped("name"), ["order.txt"])
        report = self.deal.reseller_outcome_ids
        self.assertEqual(report.state, "reported")
        self.assertEqual(report.amount_won, 9000)
        # back to an earlier milestone: it is not won yet
        self.mine._reseller_progress(self.quoted, "They cancelled it")
        self.assertEqual(report.state, "withdrawn")

    def test_where_the_level_reports_no_result_an_order_is_a_milestone(self):
        self.level.can_report_outcome = False
        self._reach(
            "ordered",
            amount=9000,
            order_reference="PO-77",
            order_date=self._today(),
        )
        self.assertEqual(self.deal.reseller_milestone_id, self.ordered)
        self.assertFalse(self.deal.reseller_outcome_ids)
        self.assertIn("PO-77", self._messages()[:1].body)

    def test_a_deal_reported_as_won_is_ordered(self):
        self.mine._reseller_report_outcome(
            "won", order_reference="PO-1", amount_won=5.0, won_on=self._today()
        )
        self.assertEqual(self.deal.reseller_milestone_id, self.ordered)
        self.assertEqual(self.deal.reseller_progress_ids.order_reference, "PO-1")

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    def test_only_who_may_edit_the_deal(self):
        self._login(self.bob)
        self._get(self.address, 404)
        self.level.can_edit_opportunity = False
        self._login(self.anna)
        self.assertNotIn("milestone_id", self._get(self.page).text)
        self._get(self.address, 409)
        self._post(
            "/my/security", self.address, 409, milestone_id=str(self.contacted.id)
        )
        self.assertFalse(self.deal.reseller_progress_ids)

    def test_nothing_of_it_is_written_directly(self):
        salesman = self.deal.with_user(self.salesman)
        with self.assertRaises(UserError):
            salesman.write({"reseller_milestone_id": self.quoted.id})
        for method in ("write", "unlink"):
            row = self._reach("contacted").with_user(self.salesman).sudo(False)
            with self.assertRaises(AccessError):
                getattr(row, method)(*([{"reason": "x"}] if method == "write" else []))
        lead = (
            self.env["crm.lead"]
            .with_context(default_reseller_milestone_id=self.quoted.id)
            .create({"name": "Copy"})
        )
        self.assertFalse(lead.reseller_milestone_id)

    def test_a_milestone_that_was_reached_is_kept(self):
        self._reach("contacted")
        with self.assertRaises(UserError):
            self.contacted.unlink()

    # ------------------------------------------------------------
    # ANOTHER RESELLER, MERGING
    # ------------------------------------------------------------

    def test_the_next_reseller_starts_again(self):
        self._reach("qualified")
        self.deal.reseller_withdraw()
        self.assertFalse(self.deal.reseller_milestone_id)
        self.deal.assign_to_reseller(self.birch)
        self.deal.with_user(self.bob).sudo().reseller_accept()
        self._login(self.bob)
        self.assertNotIn("alder_anna", self._get(self.page).text)
        self.assertEqual(len(self.deal.reseller_progress_ids), 1)

    def test_merged_deals_keep_the_further_milestone(self):
        other = self._create_deal(self.anna)
        other.with_user(self.anna).sudo()._reseller_progress(
            self.quoted, details={"amount": 7, "valid_until": self._today(5)}
        )
        self._reach("contacted")
        kept = (self.deal | other).merge_opportunity()
        self.assertEqual(kept.reseller_milestone_id, self.quoted)
        self.assertEqual(len(kept.reseller_progress_ids), 2)

    # ------------------------------------------------------------
    # THE FORM
    # ------------------------------------------------------------

    def test_what_the_form_reads(self):
        milestones = {
            1: Milestone(0),
            2: Milestone(1, "quote"),
            3: Milestone(2, "order", document_required=True),
        }

        def read(current=None, **post):
            return ProgressForm(
                post, PageFormats(), milestones=milestones, current=current
            )

        self.assertFalse(read(milestone_id="1").values["open"])
        self.assertTrue(read(milestone_id="2").values["open"])
        self.assertTrue(read(current=2, milestone_id="1").values["open"])
        for text in ("", "4", "-1", "٣", "9" * 30, "1e3"):
            self.assertIn("milestone_id", read(milestone_id=text).errors)
        self.assertEqual(
            set(read(milestone_id="3", filled="1").errors),
            {"amount", "order_reference", "order_date", "documents"},
        )
        form = read(milestone_id="2", filled="1", amount="5", valid_until="2000-02-01")
        self.assertFalse(form.errors)
