from odoo import _, api, fields, models


class CrmResellerMessage(models.TransientModel):
    """Writes to the reseller of a lead; only its people read it."""

    _name = "crm.reseller.message"
    _description = "Message to a Reseller"

    lead_id = fields.Many2one("crm.lead", required=True, readonly=True)
    recipient = fields.Char(compute="_compute_recipient")
    body = fields.Html(
        string="Message", help="The reseller reads it by e-mail and on the portal."
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    @api.depends("lead_id")
    def _compute_recipient(self):
        for wizard in self:
            lead = wizard.lead_id
            person = lead.reseller_notice_partner_id
            names = [lead.reseller_id.name, person.name]
            wizard.recipient = ", ".join(dict.fromkeys(filter(None, names))) or _(
                "No reseller"
            )

    def action_send(self):
        """Send the message.

        :return: an action that closes the window
        :raises AccessError: for users who may not write the lead
        :raises UserError: with nothing to say, or without a reseller
        """
        self.ensure_one()
        self.lead_id._message_reseller(self.body, self.attachment_ids)
        return {"type": "ir.actions.act_window_close"}
