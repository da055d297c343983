from odoo import fields, models


class CrmDealRegistrationDecide(models.TransientModel):
    """The forms to return, to reject, and to move a protection."""

    _name = "crm.deal.registration.decide"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Decide on Registrations"

    kind = fields.Selection(
        [
            ("return", "Ask for More Information"),
            ("reject", "Reject"),
            ("override", "Move the Protection Here"),
        ],
        required=True,
        readonly=True,
    )
    registration_ids = fields.Many2many("crm.deal.registration", readonly=True)
    reason_id = fields.Many2one("crm.deal.registration.reason")
    text = fields.Text(string="Explanation")
    attachment_ids = fields.Many2many("ir.attachment", string="Documents")

    def _open(self):
        titles = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": titles[self.kind],
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Do it; what cannot be done is named, the rest is done.

        :return: a notification with the results, or the end of the form
        """
        self.ensure_one()
        text = (self.text or "").strip()
        mine = self.attachment_ids.filtered(
            lambda document: document.create_uid == self.env.user
        )
        decide = {
            "return": lambda each: each._return_question(text),
            "reject": lambda each: each._reject(self.reason_id, text),
            "override": lambda each: each._override(text, mine),
        }[self.kind]
        result = self.registration_ids._decide_each(decide)
        return result or {"type": "ir.actions.act_window_close"}
