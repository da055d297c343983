from datetime import timedelta

from odoo import api, models

# level, measure, target, floor, days looked at
CRITERIA = (
    ("level_gold", "pick_rate", 70, 55, 365),
    ("level_gold", "answer_median", 12, 20, 365),
    ("level_gold", "conversion_rate", 35, 20, 365),
    ("level_silver", "pick_rate", 55, 40, 365),
    ("level_silver", "conversion_rate", 20, 10, 365),
)


class CrmResellerDemo(models.AbstractModel):
    _inherit = "crm.reseller.demo"

    @api.model
    def _load_performance(self):
        """Work of the past year, criteria of the levels, factors, a disputed offer."""
        if not self._is_first_load("crm_reseller_performance.work"):
            return
        demo = self.sudo().with_context(tracking_disable=True)
        accepted = demo.env["crm.reseller.offer"].search(
            [("state", "in", ("accepted", "returned")), ("first_work_on", "=", False)]
        )
        for offer in accepted:
            # always the same, from two hours to two days
            hours = 2 + offer.id * 7 % 46
            offer.write(
                {
                    "first_work_on": offer.answered_on + timedelta(hours=hours),
                    "first_work_hours": round(hours / 3, 1),
                }
            )
        demo.env["crm.reseller.level.criterion"].create(
            [
                {
                    "level_id": demo._ref(level).id,
                    "measure": measure,
                    "target": target,
                    "floor": floor,
                    "window_days": days,
                }
                for level, measure, target, floor, days in CRITERIA
            ]
        )
        demo.env.ref("base.main_company").reseller_weight_by_performance = True
        demo.env["crm.reseller.score"]._cron_update_factors()
        demo.env["crm.reseller.level.review"]._cron_review_levels()
        missed = demo.env["crm.reseller.offer"].search(
            [("state", "=", "expired")], order="offered_on desc, id desc", limit=1
        )
        if missed:
            person = missed.reseller_id._get_reseller_people()[:1]
            demo.env["crm.reseller.dispute"]._dispute(
                missed,
                person or missed.reseller_id,
                "We called your agent before the deadline and accepted by phone.",
                "pick_rate",
            )
