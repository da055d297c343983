from datetime import date, datetime

from odoo.tests.common import BaseCase, tagged

from odoo.addons.crm_reseller_portal.forms import (
    AcceptForm,
    AskForm,
    ContactForm,
    DealForm,
    DeclineForm,
    HandOverForm,
    NoteForm,
    OutcomeForm,
    ReturnForm,
    Upload,
    clean_text,
)
from odoo.addons.crm_reseller_portal.lib.formats import PageFormats

FORMATS = PageFormats(now=datetime(2026, 11, 26, 12))
SHOWN = {
    "was_expected_revenue": "12,500",
    "expected_revenue": "12,500",
    "was_probability": "40",
    "probability": "40",
    "was_step_type": "call",
    "step_type": "call",
    "was_step_summary": "Ring",
    "step_summary": "Ring",
    "was_step_date": "2026-12-01",
    "step_date": "2026-12-01",
}


@tagged("post_install", "-at_install")
class TestForms(BaseCase):
    """What forms read and refuse, without a server and without a database."""

    def _get_deal(self, **post):
        return DealForm(
            {**SHOWN, **post}, FORMATS, kinds=("call", "visit"), symbols=("€",)
        )

    def test_text_is_cleaned(self):
        self.assertEqual(clean_text(" a\x00b\r\nc "), "ab\nc")
        self.assertEqual(clean_text("half \ud800"), "half")
        self.assertEqual(clean_text(None), "")
        self.assertEqual(clean_text(["x"]), "")

    def test_what_was_not_changed_is_not_saved(self):
        form = self._get_deal()
        self.assertEqual((form.values["figures"], form.errors), ({}, {}))
        self.assertIsNone(form.values["step"])

    def test_figures(self):
        form = self._get_deal(expected_revenue="€ 13,000.50", probability="41")
        self.assertEqual(
            form.values["figures"], {"expected_revenue": 13000.5, "probability": 41}
        )
        form = self._get_deal(expected_revenue="lots", probability="100")
        self.assertEqual(sorted(form.errors), ["expected_revenue", "probability"])
        self.assertEqual(form.typed["expected_revenue"], "lots")
        self.assertEqual(form.values["figures"], {})
        form = self._get_deal(date_deadline="12/24/2026")
        self.assertEqual(form.values["figures"]["date_deadline"], date(2026, 12, 24))

    def test_next_step(self):
        for post, expected in (
            ({"step_done": "1"}, "finish"),
            ({"step_date": "", "step_summary": ""}, "remove"),
            (
                {"step_type": "visit"},
                {"type": "visit", "summary": "Ring", "deadline": date(2026, 12, 1)},
            ),
        ):
            self.assertEqual(self._get_deal(**post).values["step"], expected)
        for post, field in (
            ({"step_date": ""}, "step_date"),
            ({"step_type": "dance"}, "step_type"),
            ({"step_summary": "x" * 201}, "step_summary"),
            ({"step_date": "2099-01-01"}, "step_date"),
        ):
            self.assertEqual(list(self._get_deal(**post).errors), [field])

    def test_a_figure_that_is_wrong_does_not_lose_the_note(self):
        form = self._get_deal(note="Met Carla", probability="x")
        self.assertEqual(form.typed["note"], "Met Carla")
        self.assertEqual(list(form.errors), ["probability"])

    def test_decline_and_return(self):
        for Form in (DeclineForm, ReturnForm):
            reasons = {3: False, 4: True}
            self.assertEqual(
                list(Form({"reason_id": "5"}, FORMATS, reasons=reasons).errors),
                ["reason_id"],
            )
            self.assertEqual(
                list(Form({"reason_id": "4"}, FORMATS, reasons=reasons).errors),
                ["comment"],
            )
            form = Form({"reason_id": "3", "contacted": "1"}, FORMATS, reasons=reasons)
            self.assertFalse(form.errors)
            self.assertEqual(form.values["reason_id"], 3)
        form = DeclineForm(
            {"reason_id": "3", "contacted": "1"}, FORMATS, reasons={3: False}
        )
        self.assertTrue(form.values["contacted"])
        for text in ("", "²", "٣", "9" * 30, "-3"):
            form = ReturnForm({"reason_id": text}, FORMATS, reasons={3: False})
            self.assertIn("reason_id", form.errors)

    def test_no_text_becomes_a_formula(self):
        """A spreadsheet that opens an export would calculate it."""
        for text in ("=HYPERLINK(1)", "@x", "+x", "-x"):
            form = ContactForm({"contact_name": text}, FORMATS)
            self.assertIn("contact_name", form.errors, text)
        form = ContactForm({"contact_name": "Jo", "phone": "+49 30 1234567"}, FORMATS)
        self.assertFalse(form.errors)
        self.assertEqual(form.values["phone"], "+49 30 1234567")
        self.assertIn("comment", AcceptForm({"comment": "=1+1"}, FORMATS).errors)
        self.assertFalse(AcceptForm({"comment": "- a list"}, FORMATS).errors)

    def test_contact(self):
        form = ContactForm(
            {
                "contact_name": "Jo\nLee",
                "was_contact_name": "Jo",
                "city": "Bonn",
                "was_city": "Bonn",
                "country_id": "7",
                "state_id": "70",
            },
            FORMATS,
            countries={7, 8},
            states={70: 7},
        )
        self.assertFalse(form.errors, "a line break is no mistake of the person")
        self.assertEqual(
            form.values, {"contact_name": "Jo Lee", "country_id": 7, "state_id": 70}
        )
        for post, field in (
            ({"email_from": "nobody"}, "email_from"),
            ({"phone": "call me"}, "phone"),
            ({"contact_name": ""}, "contact_name"),
            ({"city": "x" * 121}, "city"),
            ({"country_id": "9"}, "country_id"),
            ({"country_id": "8", "state_id": "70"}, "state_id"),
        ):
            form = ContactForm(
                {"contact_name": "Jo", **post},
                FORMATS,
                countries={7, 8},
                states={70: 7},
            )
            self.assertEqual(list(form.errors), [field], post)

    def test_outcome(self):
        form = OutcomeForm(
            {"outcome": "won", "amount_won": "1,000", "won_on": "2026-11-20"}, FORMATS
        )
        self.assertFalse(form.errors)
        self.assertEqual(form.values["amount_won"], 1000)
        form = OutcomeForm(
            {"outcome": "won", "amount_won": "", "won_on": "2026-11-30"}, FORMATS
        )
        self.assertEqual(sorted(form.errors), ["amount_won", "won_on"])
        post = {"outcome": "lost", "lost_reason_id": "2"}
        form = OutcomeForm(post, FORMATS, reasons={1: False, 2: True})
        self.assertEqual(list(form.errors), ["comment"])
        form = OutcomeForm(
            {**post, "comment": "They moved"}, FORMATS, reasons={1: False, 2: True}
        )
        self.assertFalse(form.errors)
        self.assertIn("outcome", OutcomeForm({"outcome": "x"}, FORMATS).errors)

    def test_notes_documents_questions_people(self):
        self.assertIn("note", NoteForm({}, FORMATS).errors)
        self.assertIn("question", AskForm({"question": " "}, FORMATS).errors)
        self.assertIn(
            "colleague_id",
            HandOverForm({"colleague_id": "9"}, FORMATS, colleagues={8}).errors,
        )
        good = Upload("a.txt", lambda size: b"words"[:size])
        bad = Upload("a.pdf", lambda size: b"no pdf"[:size])
        form = NoteForm({}, FORMATS, uploads=[good])
        self.assertEqual(form.values["documents"], [("a.txt", b"words")])
        self.assertIn("documents", NoteForm({}, FORMATS, uploads=[bad]).errors)
        self.assertIn("documents", NoteForm({}, FORMATS, uploads=[good] * 6).errors)


@tagged("post_install", "-at_install")
class TestFormats(BaseCase):
    """Dates, numbers and deadlines in the reader's language."""

    def test_months_are_words(self):
        german = PageFormats(lang="de_DE", now=FORMATS.now)
        self.assertEqual(FORMATS.month(date(2031, 1, 15)), "January 2031")
        self.assertEqual(german.month(date(2031, 1, 15)), "Januar 2031")
        self.assertEqual(PageFormats(lang="xx_YY").month(date(2031, 1, 1))[:3], "Jan")

    def test_deadlines(self):
        soon = FORMATS.deadline(datetime(2026, 11, 26, 15))
        self.assertEqual((soon.left, soon.colour), ("3 hours", "warning"))
        later = FORMATS.deadline(datetime(2026, 12, 1, 11, 55))
        self.assertEqual(later.words, "Tue 1 Dec, 11:55 UTC")
        self.assertEqual((later.left, later.colour), ("5 days", "secondary"))
        late = FORMATS.deadline(datetime(2026, 11, 25))
        self.assertTrue(late.overdue)
        self.assertEqual(late.colour, "danger")
        self.assertIsNone(FORMATS.deadline(False))
        self.assertEqual(
            FORMATS.moment(datetime(2028, 1, 2, 3, 4)), "Sun 2 Jan 2028, 03:04 UTC"
        )

    def test_numbers_and_sizes(self):
        self.assertEqual(FORMATS.number(12500), "12,500")
        self.assertEqual(FORMATS.number(-12500.5), "-12,500.50")
        self.assertEqual(FORMATS.number(0), "0")
        self.assertEqual(FORMATS.size(10), "1 kB")
        self.assertEqual(FORMATS.size(1_500_000), "1.4 MB")
