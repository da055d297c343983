from datetime import datetime

from odoo.tests import tagged

from .common import RegistrationCase


@tagged("post_install", "-at_install")
class TestFigures(RegistrationCase):
    """What is told of protections, counted again by hand."""

    def test_protections_kept_and_lapsed(self):
        granted = datetime(2026, 3, 10, 12)
        registrations = [self._draft(name=f"Deal {n}") for n in range(5)]
        for registration, moment, lapsed in zip(
            registrations,
            (granted, granted, granted, None, datetime(2026, 4, 2)),
            (None, datetime(2026, 5, 1), None, None, None),
            strict=True,
        ):
            registration.sudo().write({"granted_on": moment, "lapsed_on": lapsed})
        self.env.flush_all()
        reseller = registrations[0].reseller_id
        figures = self.env["crm.reseller.figures"]._get_figure_sources()
        source = figures["registrations"]
        self.env.cr.execute(
            f"""
            SELECT COUNT(*), COUNT(*) FILTER (WHERE is_lapsed)
              FROM ({source["sql"]}) AS fact
             WHERE reseller_id = %s
               AND moment >= '2026-03-01' AND moment < '2026-04-01'
            """,
            [reseller.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (3, 1))
