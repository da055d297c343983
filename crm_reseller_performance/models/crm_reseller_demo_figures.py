from odoo import api, fields, models


class CrmResellerDemo(models.AbstractModel):
    _inherit = "crm.reseller.demo"

    @api.model
    def _load_performance(self):
        result = super()._load_performance()
        self._load_figures()
        return result

    @api.model
    def _load_figures(self):
        """Figures of the last quarter, as sent to the resellers, without a mail."""
        if not self._is_first_load("crm_reseller_performance.figures"):
            return
        demo = self.sudo().with_context(tracking_disable=True)
        company = demo.env.ref("base.main_company")
        today = fields.Date.context_today(demo)
        first, last = company._get_past_period("quarter", today)
        company.write(
            {"reseller_figures_interval": "quarter", "reseller_figures_until": last}
        )
        resellers = demo.env["res.partner"].search(
            [("reseller_level_id", "!=", False)], limit=3
        )
        readers = resellers._get_figures_readers("supervisors")
        reports = demo.env["crm.reseller.periodic.report"]._make_reports(
            readers, first, last, scheduled=True
        )
        reports.write({"state": "sent", "sent_on": fields.Datetime.now()})
