from decimal import Decimal

from odoo.tests.common import BaseCase, tagged

from odoo.addons.crm_reseller_portal.lib.amounts import (
    AmountError,
    AmountProblem,
    NumberFormat,
    parse_amount,
)
from odoo.addons.crm_reseller_portal.lib.documents import clean_name, is_allowed

ENGLISH = NumberFormat(".", ",")
GERMAN = NumberFormat(",", ".")
FRENCH = NumberFormat(",", "\u202f")
SWISS = NumberFormat(".", "\u2019")
INDIAN = NumberFormat(".", ",", (3, 2))


@tagged("post_install", "-at_install")
class TestAmounts(BaseCase):
    def assertAmount(self, text, number_format, expected):
        self.assertEqual(
            parse_amount(text, number_format, symbols=("€", "EUR", "$")),
            Decimal(expected),
            f"{text!r} in {number_format}",
        )

    def assertProblem(self, text, problem, number_format=ENGLISH):
        with self.assertRaises(AmountError, msg=repr(text)) as catcher:
            parse_amount(text, number_format, symbols=("€", "EUR", "$"))
        self.assertEqual(catcher.exception.problem, problem, repr(text))

    def test_amounts_are_read_in_the_language_of_the_reader(self):
        for text, number_format, expected in [
            ("12500", ENGLISH, "12500"),
            ("12,500", ENGLISH, "12500"),
            ("12,500.50", ENGLISH, "12500.50"),
            ("1,234,567", ENGLISH, "1234567"),
            ("12.5", ENGLISH, "12.5"),
            ("0", ENGLISH, "0"),
            (".5", ENGLISH, "0.5"),
            ("0.500", ENGLISH, "0.5"),
            ("12.500", GERMAN, "12500"),
            ("12.500,50", GERMAN, "12500.50"),
            ("1.234.567", GERMAN, "1234567"),
            ("12,5", GERMAN, "12.5"),
            ("12 500,50", FRENCH, "12500.50"),
            ("12\u202f500", FRENCH, "12500"),
            ("12'500.50", SWISS, "12500.50"),
            ("12\u2019500", SWISS, "12500"),
            ("€ 12,500", ENGLISH, "12500"),
            ("12.500,50 €", GERMAN, "12500.50"),
            ("12500 eur", GERMAN, "12500"),
            ("$12,500", ENGLISH, "12500"),
            ("\u0661\u0662\u0665\u0660\u0660", ENGLISH, "12500"),
            ("\u0661\u0662\u066c\u0665\u0660\u0660\u066b\u0665", ENGLISH, "12500.5"),
            ("12,50,000.50", INDIAN, "1250000.50"),
            ("1,25,00,000", INDIAN, "12500000"),
            ("12,500", INDIAN, "12500"),
            ("1,250,000", INDIAN, "1250000"),
        ]:
            with self.subTest(text=text, number_format=number_format):
                self.assertAmount(text, number_format, expected)

    def test_a_foreign_but_clear_amount_is_understood(self):
        self.assertAmount("12.500,50", ENGLISH, "12500.50")
        self.assertAmount("12,500.50", GERMAN, "12500.50")
        self.assertAmount("12,50", ENGLISH, "12.50")
        self.assertAmount("12.50", GERMAN, "12.50")
        self.assertAmount("1.234.567", ENGLISH, "1234567")

    def test_what_may_mean_two_things_is_asked_back(self):
        self.assertProblem("12.500", AmountProblem.AMBIGUOUS, ENGLISH)
        self.assertProblem("12,500", AmountProblem.AMBIGUOUS, GERMAN)
        with self.assertRaises(AmountError) as catcher:
            parse_amount("12.500", ENGLISH)
        self.assertEqual(
            catcher.exception.readings, (Decimal("12500"), Decimal("12.5"))
        )

    def test_what_is_no_amount_is_refused(self):
        for text in [
            "NaN",
            "inf",
            "-Infinity",
            "1e309",
            "1e5",
            "0x10",
            "abc",
            "12,50,0",
            "1,23,456",
            "12..5",
            "12.",
            "1.2.3,4,5",
            "12 5",
            "\u0661\u0662x",
            ".",
            ",",
            "--5",
            "5-",
            "12;500",
            "9" * 41,
            "<script>",
            "1 000 00",
            "\x00",
            "½",
            "²",
        ]:
            with self.subTest(text=text):
                self.assertProblem(text, AmountProblem.NOT_A_NUMBER)

    def test_empty_negative_absurd(self):
        for text in ("", "  ", "€", "\u00a0"):
            self.assertProblem(text, AmountProblem.EMPTY)
        for text in ("-1", "-12,500", "\u22125", "-0.01"):
            self.assertProblem(text, AmountProblem.NEGATIVE)
        self.assertProblem("1000000000000", AmountProblem.TOO_LARGE)
        self.assertProblem("9" * 40, AmountProblem.TOO_LARGE)
        self.assertProblem("1.2345", AmountProblem.TOO_PRECISE)


@tagged("post_install", "-at_install")
class TestDocuments(BaseCase):
    def test_names_are_cleaned(self):
        for name, expected in [
            ("offer.pdf", "offer.pdf"),
            ("..\\..\\etc\\passwd.PDF", "passwd.pdf"),
            ("/etc/../a b.pdf", "a b.pdf"),
            ("inv\r\noice\x00.pdf", "invoice.pdf"),
            ("cod\u202efdp.exe", "codfdp.exe"),
            ("<b>x</b>.pdf", "b_.pdf"),
            ("", "document"),
            ("...", "document"),
            (".pdf", "document.pdf"),
        ]:
            with self.subTest(name=name):
                self.assertEqual(clean_name(name), expected)
        self.assertLessEqual(len(clean_name("x" * 500 + ".pdf")), 100)

    def test_only_known_kinds_pass(self):
        self.assertTrue(is_allowed("a.pdf", b"%PDF-1.7 ..."))
        self.assertTrue(is_allowed("a.csv", b"a;b"))
        self.assertTrue(is_allowed("a.txt", b"x < y, <b>bold</b>"))
        self.assertTrue(is_allowed("a.txt", "\u00fcber".encode("utf-16")))
        self.assertTrue(is_allowed("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 "))
        self.assertTrue(is_allowed("a.heic", b"\x00\x00\x00\x18ftypheic"))
        self.assertTrue(is_allowed("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
        self.assertTrue(is_allowed("a.doc", b"{\\rtf1"))
        self.assertTrue(is_allowed("a.dxf", b"  0\r\nSECTION"))
        for name, content in [
            # what it is counts, not what it is called
            ("a.doc", b"MZ\x90"),
            ("a.xls", b"<html><script>"),
            ("a.txt", b"MZ\x90\x00\x03"),
            ("a.txt", b"\xef\xbb\xbf <!DOCTYPE html>"),
            ("a.csv", b"<svg onload=alert(1)>"),
            ("a.txt", "<script>".encode("utf-16")),
            ("a.eml", b"<?xml version='1.0'?>"),
            ("a.webp", b"RIFF\x00\x00\x00\x00AVI LIST"),
            ("a.heic", b"<script>"),
            ("a.html", b"<script>"),
            ("a.svg", b"<svg/>"),
            ("a.exe", b"MZ"),
            ("a.js", b"x"),
            ("pdf", b"%PDF-"),
            ("a.pdf", b"<html>"),
            ("a.png", b"MZ\x90"),
        ]:
            with self.subTest(name=name):
                self.assertFalse(is_allowed(name, content))
