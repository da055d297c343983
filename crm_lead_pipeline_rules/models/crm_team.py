from odoo import api, models
from odoo.tools.safe_eval import safe_eval


class CrmTeam(models.Model):
    _inherit = "crm.team"

    @api.model
    def action_your_pipeline(self):
        """My Pipeline shows the lost leads too, in their folded column."""
        action = super().action_your_pipeline()
        action["domain"] = [
            *safe_eval(action.get("domain") or "[]", {"uid": self.env.uid}),
            "|",
            ("active", "=", True),
            ("stage_id.is_lost", "=", True),
        ]
        return action
