"""The text of a filter becomes a domain, and nothing else runs."""

from datetime import date, datetime

from odoo.tests.common import BaseCase, tagged

from ..lib.domains import (
    MAX_CHARACTERS,
    DomainError,
    parse_domain,
    paths_of,
    split_conjuncts,
)

NOW = datetime(2026, 3, 2, 9, 30)


@tagged("post_install", "-at_install")
class TestLibDomains(BaseCase):
    def test_what_the_editor_writes(self):
        for text, domain in (
            ("", []),
            ("[]", []),
            ("[('name', '=', 'A')]", [("name", "=", "A")]),
            ('["|", ["a.b", "in", [1, 2]], ["c", "!=", False]]',)
            + (["|", ("a.b", "in", [1, 2]), ("c", "!=", False)],),
            ("['&', (1, '=', 1), ('x', '>', -2.5)]",)
            + (["&", (1, "=", 1), ("x", ">", -2.5)],),
            ("[('user_id', '=', uid)]", [("user_id", "=", 7)]),
            ("[('x', '=', None)]", [("x", "=", None)]),
            ("[('d', '>=', context_today())]", [("d", ">=", date(2026, 3, 2))]),
            (
                "[('d', '>=', (context_today() - relativedelta(months=1))"
                ".strftime('%Y-%m-%d'))]",
                [("d", ">=", "2026-02-02")],
            ),
            ("[('d', '<', time.strftime('%Y-01-01'))]", [("d", "<", "2026-01-01")]),
            (
                "[('d', '<', datetime.datetime.now() + relativedelta(hours=1))]",
                [("d", "<", datetime(2026, 3, 2, 10, 30))],
            ),
            (
                "[('a_ids', 'any', [('b.c', '=', 1)])]",
                [("a_ids", "any", [("b.c", "=", 1)])],
            ),
        ):
            with self.subTest(text=text):
                self.assertEqual(parse_domain(text, 7, NOW), domain)

    def test_everything_else_is_refused_at_once(self):
        for text in (
            "1",
            "'x'",
            "[('id', '=', 7**12000000 % 10)]",
            "[('id', '=', 9**9**9)]",
            "[('id', '=', 'a' * 1000000000)]",
            "[('id', '=', 10**30)]",
            "[('id', '=', " + "9" * 3000 + ")]",
            "[('id', '=', __import__('os').getpid())]",
            "[('id', '=', (1).__class__)]",
            "[('id', '=', env)]",
            "[('id', '=', x) for x in (1, 2)]",
            "[('id', '=', f'{uid}')]",
            "[('id', '=', uid.strftime('%Y'))]",
            "[('id', '=', context_today().strftime('%Y' * 30))]",
            "[('id', '=', context_today() + relativedelta(years=99999))]",
            "[('id', '=', relativedelta(**{'days': 1}))]",
            "[('id', 'inselect', ('SELECT 1', ()))]",
            "[('id', '=')]",
            "['x']",
            "[(1, '=', 2)]",
            "[('a', 'any', 1)]",
            "[('a', '=', 'x\\x00')]",
            "[('id', '=', b'x')]",
            "(" * 500 + ")" * 500,
            "[" * 150 + "]" * 150,
            "[('a', '=', 1)]" + " " * MAX_CHARACTERS,
            "[" + "('a','=',1)," * 300 + "]",
            "[('id', '=', lambda: 0)]",
            "import os",
            "\0",
        ):
            with self.subTest(text=text[:60]), self.assertRaises(DomainError):
                parse_domain(text, 7, NOW)

    def test_paths_reach_into_nested_domains(self):
        domain = parse_domain("['!', ('a.b', 'any', [('c.d', '=', 1)]), (1, '=', 1)]")
        self.assertEqual(list(paths_of(domain)), ["a.b", "a.b.c.d"])

    def test_conditions_that_must_all_hold(self):
        a, b, c, d = (("a", "=", 1), ("b", "=", 1), ("c", "=", 1), ("d", "=", 1))
        for domain, conjuncts in (
            ([], []),
            ([a], [[a]]),
            ([a, b], [[a], [b]]),
            (["&", a, b, c], [[a], [b], [c]]),
            (["&", "&", a, b, c], [[a], [b], [c]]),
            (["&", a, "&", b, c], [[a], [b], [c]]),
            (["|", a, b, c], [["|", a, b], [c]]),
            (["&", "|", a, b, "!", c], [["|", a, b], ["!", c]]),
            (["|", "&", a, b, "|", c, d], [["|", "&", a, b, "|", c, d]]),
            (["!", "&", a, b, c], [["!", "&", a, b], [c]]),
            (["|", "&", "&", a, b, c, d], [["|", "&", "&", a, b, c, d]]),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(split_conjuncts(domain), conjuncts)
