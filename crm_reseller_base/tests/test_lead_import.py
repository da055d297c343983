"""The file of 200 leads goes through Odoo's own import as it is."""

import csv
import io

from odoo.tests.common import TransactionCase, tagged
from odoo.tools.misc import file_open

FILE = "crm_reseller_base/demo/leads_200.csv"
OPTIONS = {
    "quoting": '"',
    "separator": ",",
    "has_headers": True,
    "encoding": "utf-8",
    "float_decimal_separator": ".",
    "float_thousand_separator": ",",
}


@tagged("post_install", "-at_install")
class TestLeadImport(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with file_open(FILE, "rb") as file:
            cls.content = file.read()
        cls.rows = list(csv.DictReader(io.StringIO(cls.content.decode())))

    def _import(self):
        importer = self.env["base_import.import"].create(
            {
                "res_model": "crm.lead",
                "file": self.content,
                "file_name": "leads_200.csv",
                "file_type": "text/csv",
            }
        )
        preview = importer.parse_preview(dict(OPTIONS))
        # every column finds its field without anyone's help
        found = ["/".join(preview["matches"][n]) for n in sorted(preview["matches"])]
        self.assertEqual(found, preview["headers"])
        result = importer.execute_import(found, preview["headers"], dict(OPTIONS))
        self.assertFalse(result["messages"])
        return self.env["crm.lead"].browse(result["ids"])

    def test_all_rows_come_in(self):
        leads = self._import()
        self.assertEqual(len(leads), 200)
        self.assertEqual(set(leads.mapped("type")), {"lead"})
        by_name = {lead.name: lead for lead in leads}
        self.assertEqual(len(by_name), 200)
        for row in self.rows:
            lead = by_name[row["name"]]
            self.assertEqual(lead.city, row["city"])
            self.assertEqual(lead.zip, row["zip"])
            self.assertEqual(lead.email_from, row["email_from"])
            self.assertEqual(lead.country_id, self.env.ref(row["country_id/id"]))
            self.assertAlmostEqual(
                lead.partner_latitude, float(row["partner_latitude"])
            )
            self.assertAlmostEqual(
                lead.partner_longitude, float(row["partner_longitude"])
            )
            if row["state_id/id"]:
                self.assertEqual(lead.state_id, self.env.ref(row["state_id/id"]))
                self.assertEqual(lead.state_id.country_id, lead.country_id)

    def test_importing_twice_makes_no_second_leads(self):
        first = self._import()
        self.assertEqual(self._import(), first)

    def test_phone_numbers_are_well_formed(self):
        leads = self._import().filtered("phone")
        self.assertGreater(len(leads), 100)
        wrong = leads.filtered(lambda lead: lead.phone_state != "correct")
        self.assertFalse(wrong.mapped("phone"))

    def test_nobody_real_is_written_to(self):
        for row in self.rows:
            self.assertTrue(
                row["email_from"].endswith(".example.com"), row["email_from"]
            )
            self.assertTrue(row["website"].endswith(".example.com"), row["website"])
