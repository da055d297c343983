from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import plaintext2html
from odoo.tools.misc import format_date, formatLang

OUTCOMES = [("won", "Won"), ("lost", "Lost")]


class CrmResellerOutcome(models.Model):
    """A reseller says how a deal ended; the team confirms it.

    No one has the right to write: rows are made and decided by the methods of
    ``crm.lead``.
    """

    _name = "crm.reseller.outcome"
    _description = "Result Reported by a Reseller"
    _order = "id desc"
    _rec_name = "lead_id"

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
    outcome = fields.Selection(OUTCOMES, string="Result", required=True, readonly=True)
    lost_reason_id = fields.Many2one("crm.lost.reason", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_won = fields.Monetary(
        string="Final Amount",
        currency_field="currency_id",
        readonly=True,
        help="What the customer ordered for, as the reseller says.",
    )
    won_on = fields.Date(string="Order Date", readonly=True)
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
    rejection_reason = fields.Text(
        string="Why Not Confirmed",
        readonly=True,
        help="What the reseller was told.",
    )

    def init(self):
        # of two reports at the same moment, the second one fails
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_outcome_one_reported "
            "ON crm_reseller_outcome (lead_id) WHERE state = 'reported'"
        )

    @api.constrains("outcome", "lost_reason_id")
    def _check_reason(self):
        """Ask for the reason of a lost deal.

        :raises ValidationError: where a report of a lost deal has none
        """
        for report in self:
            if report.outcome == "lost" and not report.lost_reason_id:
                raise ValidationError(_("A lost deal needs a reason."))

    def _says(self, vals):
        """Whether a report already has these values: it was sent twice.

        :param dict vals: values as for ``write``
        :return: bool
        """
        self.ensure_one()
        return all(
            self._fields[name].convert_to_write(self[name], self) == value
            for name, value in vals.items()
        )

    def _decide(self, state, reason=None):
        """Close reports; a closed report is never changed again.

        :param str state: confirmed, rejected or withdrawn
        :param str reason: why, for the reseller
        """
        reports = self.filtered(lambda report: report.state == "reported")
        if not reports:
            return
        reports.write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                "rejection_reason": reason or False,
            }
        )
        reports.lead_id._close_result_activities()

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _get_source_text(self):
        """The sentence about who reported, for the history of the lead.

        :return: text in the language of the context
        """
        self.ensure_one()
        return _(
            "Reported by %(person)s, %(reseller)s.",
            person=self.author_id.name,
            reseller=self.reseller_id.name,
        )

    def _get_report_text(self):
        """What was reported, for the team.

        :return: Markup
        """
        self.ensure_one()
        if self.outcome == "won":
            lines = [_("Reported as won.")]
        else:
            reason = self.lost_reason_id.name
            lines = [_("Reported as lost: %(reason)s.", reason=reason)]
        lines += self._get_details()
        lines.append(_("Please confirm it on the lead."))
        return plaintext2html("\n".join(lines))

    def _get_details(self):
        """What was reported beside the result.

        :return: list of sentences, plain text
        """
        self.ensure_one()
        lines = []
        if self.amount_won:
            amount = formatLang(
                self.env, self.amount_won, currency_obj=self.currency_id
            )
            lines.append(_("Final amount: %(amount)s", amount=amount))
        if self.won_on:
            day = format_date(self.env, self.won_on)
            lines.append(_("Order date: %(day)s", day=day))
        if self.order_reference:
            lines.append(_("Order number: %(number)s", number=self.order_reference))
        if self.comment:
            lines.append(self.comment)
        return lines

    def _get_details_text(self):
        """What was reported beside the result, in one line.

        :return: plain text
        """
        return " · ".join(self._get_details())

    def _get_decision_text(self):
        """The sentence for the reseller about the team's decision.

        :return: text in the language of the context
        """
        self.ensure_one()
        if self.state == "confirmed" and self.outcome == "won":
            return _("We confirm: this deal is won. Thank you!")
        if self.state == "confirmed":
            return _("We confirm: this deal is lost. Thank you for telling us.")
        if not self.lead_id.active:
            return _("Our team closed this deal as lost.")
        if self.lead_id.stage_id.is_won:
            return _("Our team closed this deal as won.")
        text = _("We could not confirm the result you reported. The deal stays open.")
        if self.rejection_reason:
            return f"{text} {self.rejection_reason}"
        return text + " " + _("Please get in touch with us.")
