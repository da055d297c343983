from datetime import date, datetime

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
        if "crm.reseller.measure" not in self.env:
            return
        read = (
            self.env["crm.reseller.measure"]
            .sudo()
            ._read_measures(
                date(2026, 3, 1),
                date(2026, 3, 31),
                [("reseller_id", "=", reseller.id)],
                keys=[measure["key"] for measure in source["measures"]],
            )
        )
        values = {key: each["value"] for key, each in read["total"].items()}
        self.assertEqual(values["registrations_granted"], 3)
        self.assertEqual(values["registrations_lapsed"], 1)
        self.assertAlmostEqual(values["registrations_kept"], 200 / 3)
