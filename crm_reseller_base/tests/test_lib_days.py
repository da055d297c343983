"""Days of a time zone, also where clocks are changed at midnight."""

from datetime import date, datetime, timedelta

from odoo.tests.common import BaseCase, tagged

from ..lib.days import get_window


@tagged("post_install", "-at_install")
class TestDays(BaseCase):
    def test_days_begin_at_midnight_of_the_zone(self):
        """Summer time begins on 29 March 2026: the month has one hour less."""
        start, end = get_window(date(2026, 3, 1), date(2026, 3, 31), "Europe/Brussels")
        self.assertEqual(start, datetime(2026, 2, 28, 23))
        self.assertEqual(end, datetime(2026, 3, 31, 22))
        self.assertEqual(end - start, timedelta(days=31, hours=-1))

    def test_clocks_that_change_at_midnight(self):
        for day, zone, start, hours in (
            (date(2015, 11, 1), "America/Havana", datetime(2015, 11, 1, 4), 25),
            (date(2026, 4, 24), "Africa/Cairo", datetime(2026, 4, 23, 22), 23),
            (date(2026, 10, 29), "Africa/Cairo", datetime(2026, 10, 28, 21), 25),
        ):
            with self.subTest(zone=zone, day=day):
                window = get_window(day, day, zone)
                self.assertEqual(window.start, start)
                self.assertEqual(window.end - window.start, timedelta(hours=hours))
