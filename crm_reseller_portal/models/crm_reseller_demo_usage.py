import random
from datetime import timedelta

from odoo import api, fields, models

DAYS = 60
WORKING_DAYS = 5
PEOPLE = ("demo_user_reseller", "demo_user_supervisor", "demo_user_rival")


class CrmResellerDemo(models.AbstractModel):
    _inherit = "crm.reseller.demo"

    @api.model
    def _load_usage(self):
        """Make up how the demo's people used the portal in the last weeks."""
        if not self._is_first_load("crm_reseller_portal.usage"):
            return
        chance = random.Random(7)
        today = fields.Date.today()
        rows = []
        for name in PEOPLE:
            user = self.env.ref(f"crm_reseller_base.{name}", raise_if_not_found=False)
            if not user:
                continue
            partner = user.partner_id
            for back in range(1, DAYS):
                day = today - timedelta(days=back)
                if day.weekday() >= WORKING_DAYS or chance.random() < 1 / 3:
                    continue
                pages = chance.randint(2, 18)
                rows.append(
                    {
                        "partner_id": partner.id,
                        "reseller_id": partner.commercial_partner_id.id,
                        "company_id": user.company_id.id,
                        "day": day,
                        "sign_ins": 1,
                        "pages": pages,
                        "updates": pages // 4,
                        "downloads": pages // 7,
                        "mail_answers": int(chance.random() < 1 / 4),
                    }
                )
        self.env["crm.reseller.usage"].sudo().create(rows)
