from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

OUTCOMES = [("won", "Won"), ("lost", "Lost")]


class CrmResellerOutcome(models.Model):
    """A reseller says how a deal ended; the team confirms it.

    Nobody has write access: rows are made and decided by the methods of ``crm.lead``.
    """

    _name = "crm.reseller.outcome"
    _description = "Result Reported by a Reseller"
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="lead_id.company_id", store=True, readonly=True
    )
    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    author_id = fields.Many2one(
        "res.partner", string="Reported by", required=True, readonly=True
    )
    outcome = fields.Selection(OUTCOMES, string="Result", required=True, readonly=True)
    lost_reason_id = fields.Many2one("crm.lost.reason", readonly=True)
    order_reference = fields.Char(string="Order Number", readonly=True)
    comment = fields.Text(readonly=True)
    state = fields.Selection(
        [
            ("reported", "To Confirm"),
            ("confirmed", "Confirmed"),
            ("rejected", "Not Confirmed"),
            ("withdrawn", "Withdrawn"),
        ],
        default="reported",
        required=True,
        readonly=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)

    def init(self):
        # two reports at the same moment: one of them waits in vain
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_outcome_one_reported "
            "ON crm_reseller_outcome (lead_id) WHERE state = 'reported'"
        )

    @api.constrains("outcome", "lost_reason_id")
    def _check_reason(self):
        for report in self:
            if report.outcome == "lost" and not report.lost_reason_id:
                raise UserError(_("A lost deal needs a reason."))

    def _says(self, vals):
        """Tell whether a report says just this: it was sent twice."""
        self.ensure_one()
        return all(
            self._fields[name].convert_to_write(self[name], self) == value
            for name, value in vals.items()
        )

    def _decide(self, state):
        """Close reports; a closed report is never changed again."""
        self.filtered(lambda report: report.state == "reported").write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _get_source_text(self):
        """Say who reported, for the history of the lead."""
        self.ensure_one()
        return _(
            "Reported by %(person)s, %(reseller)s.",
            person=self.author_id.name,
            reseller=self.reseller_id.name,
        )

    def _get_report_text(self):
        """Say to the team what was reported."""
        self.ensure_one()
        if self.outcome == "won":
            lines = [_("We won this deal.")]
        else:
            lines = [
                _("We lost this deal: %(reason)s.", reason=self.lost_reason_id.name)
            ]
        if self.order_reference:
            lines.append(_("Order number: %(number)s", number=self.order_reference))
        if self.comment:
            lines.append(self.comment)
        lines.append(_("Please confirm it on the lead."))
        return plaintext2html("\n".join(lines))

    def _get_decision_text(self):
        """Say to the reseller what the team made of the report."""
        self.ensure_one()
        if self.state == "confirmed" and self.outcome == "won":
            return _("We confirm: this deal is won. Thank you!")
        if self.state == "confirmed":
            return _("We confirm: this deal is lost. Thank you for telling us.")
        if not self.lead_id.active:
            return _("Our team closed this deal as lost.")
        if self.lead_id.stage_id.is_won:
            return _("Our team closed this deal as won.")
        return _(
            "We could not confirm the result you reported. The deal stays open; "
            "please get in touch with us."
        )
