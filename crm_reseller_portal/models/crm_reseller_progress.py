from odoo import _, fields, models
from odoo.tools.misc import format_date, formatLang


class CrmResellerProgress(models.Model):
    """A milestone of a deal, reached by a reseller or gone back to.

    Append-only: rows are made by the methods of ``crm.lead``, and no one has the right
    to write.
    """

    _name = "crm.reseller.progress"
    _description = "Milestone Reached by a Reseller"
    _order = "id desc"
    _rec_name = "milestone_id"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # not stored: it would cost each write of a lead's team a statement
    company_id = fields.Many2one(related="lead_id.company_id")
    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    author_id = fields.Many2one(
        "res.partner", string="Reported by", required=True, readonly=True
    )
    reached_on = fields.Datetime(
        default=fields.Datetime.now, required=True, readonly=True
    )
    previous_id = fields.Many2one(
        "crm.reseller.milestone", string="Before", readonly=True, ondelete="restrict"
    )
    milestone_id = fields.Many2one(
        "crm.reseller.milestone", required=True, readonly=True, ondelete="restrict"
    )
    back = fields.Boolean(readonly=True, help="The deal went back to this milestone.")
    reason = fields.Text(readonly=True, help="Why the deal went back.")
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(
        currency_field="currency_id",
        readonly=True,
        help="What was quoted or ordered, as the reseller says.",
    )
    valid_until = fields.Date(string="Quote Valid Until", readonly=True)
    order_reference = fields.Char(string="Order Number", readonly=True)
    order_date = fields.Date(readonly=True)
    document_ids = fields.Many2many("ir.attachment", string="Documents", readonly=True)

    def _says(self, vals):
        """Whether a row already has these values: it was sent twice.

        :param dict vals: values as for ``write``
        :return: bool
        """
        self.ensure_one()
        return all(
            self._fields[name].convert_to_cache(self[name], self)
            == self._fields[name].convert_to_cache(value, self)
            for name, value in vals.items()
        )

    def _get_text(self):
        """What was reported, for the history of the deal.

        :return: plain text in the language of the context
        """
        self.ensure_one()
        names = {"before": self.previous_id.name, "after": self.milestone_id.name}
        if self.back:
            lines = [_("Back from %(before)s to %(after)s", **names)]
        elif self.previous_id == self.milestone_id:
            lines = [_("%(after)s: corrected", **names)]
        elif self.previous_id:
            lines = [_("%(before)s → %(after)s", **names)]
        else:
            lines = [_("Milestone reached: %(after)s", **names)]
        return "\n".join([*lines, *self._get_details()])

    def _get_details(self):
        """What was reported beside the milestone.

        :return: list of sentences, plain text
        """
        self.ensure_one()
        lines = []
        if self.reason:
            lines.append(_("Reason: %(reason)s", reason=self.reason))
        if self.amount:
            amount = formatLang(self.env, self.amount, currency_obj=self.currency_id)
            lines.append(_("Amount: %(amount)s", amount=amount))
        if self.valid_until:
            day = format_date(self.env, self.valid_until)
            lines.append(_("Valid until: %(day)s", day=day))
        if self.order_reference:
            lines.append(_("Order number: %(number)s", number=self.order_reference))
        if self.order_date:
            day = format_date(self.env, self.order_date)
            lines.append(_("Order date: %(day)s", day=day))
        return lines
