from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

DISPUTE = "crm_reseller_performance.mail_activity_type_dispute"


class CrmResellerDispute(models.Model):
    """A reseller says that an offer is counted wrongly; the channel manager decides.

    A dispute marks an offer and edits nothing. No one has the right to write: rows are
    made and decided by the methods below.
    """

    _name = "crm.reseller.dispute"
    _inherit = "crm.reseller.bundle.mixin"
    _description = "Dispute about a Figure"
    _order = "id desc"
    _rec_name = "offer_id"

    offer_id = fields.Many2one(
        "crm.reseller.offer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    lead_id = fields.Many2one(related="offer_id.lead_id")
    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    measure = fields.Char(
        readonly=True, help="The figure on whose page the reseller disputed the offer."
    )
    measure_label = fields.Char(string="Figure", compute="_compute_measure_label")
    author_id = fields.Many2one(
        "res.partner", string="Disputed by", required=True, readonly=True
    )
    comment = fields.Text(string="What Is Wrong", required=True, readonly=True)
    state = fields.Selection(
        [
            ("open", "To Decide"),
            ("agreed", "Agreed"),
            ("refused", "Refused"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    answer = fields.Text(help="What the reseller reads. Needed to refuse.")
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)

    def init(self):
        # of two disputes at the same moment, the second one fails
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS crm_reseller_dispute_one_open "
            "ON crm_reseller_dispute (offer_id) WHERE state = 'open'"
        )

    @api.depends("measure")
    @api.depends_context("lang")
    def _compute_measure_label(self):
        labels = self.env["crm.reseller.measure"]._get_measure_labels()
        for dispute in self:
            dispute.measure_label = labels.get(dispute.measure, "")

    # ------------------------------------------------------------
    # DISPUTING
    # ------------------------------------------------------------

    @api.model
    def _dispute(self, offer_sudo, author, comment, measure=None):
        """A reseller disputes an offer; the same again while it is open counts once.

        :param offer_sudo: crm.reseller.offer of the reseller, elevated
        :param author: res.partner
        :param str comment: plain text
        :param str measure: key of the figure it was shown for
        :return: the dispute, elevated
        :raises UserError: without a comment, or after the decision
        """
        comment = self.env["crm.lead"]._clean_text(comment)
        if not comment:
            raise UserError(_("Say what is wrong."))
        # of two clicks at the same moment the second starts over and sees the first
        self.env.cr.execute(
            "UPDATE crm_reseller_offer SET not_measured = not_measured WHERE id = %s",
            [offer_sudo.id],
        )
        earlier = self.sudo().search([("offer_id", "=", offer_sudo.id)], limit=1)
        if earlier.state == "open":
            return earlier
        if earlier:
            raise UserError(_("This was decided already."))
        dispute = self.sudo().create(
            {
                "offer_id": offer_sudo.id,
                "reseller_id": offer_sudo.reseller_id.id,
                "company_id": offer_sudo.company_id.id,
                "author_id": author.id,
                "comment": comment,
                "measure": measure,
            }
        )
        today = fields.Date.context_today(self)
        summary = _("%(reseller)s disputes a figure", reseller=dispute.reseller_id.name)
        offer_sudo.lead_id._schedule_team_activity(
            DISPUTE,
            lambda lead: (
                lead._get_channel_manager(),
                summary,
                today,
            ),
        )
        return dispute

    # ------------------------------------------------------------
    # DECIDING
    # ------------------------------------------------------------

    def action_agree(self):
        """The reseller is right: the offers no longer count in any figure.

        :return: True
        :raises AccessError: for anyone but sales administrators
        """
        disputes = self._get_undecided()
        disputes.offer_id.write({"not_measured": True})
        disputes._decide("agreed")
        disputes.reseller_id._recompute_reseller_score()
        return True

    def action_refuse(self):
        """The figure stays as it is.

        :return: True
        :raises AccessError: for anyone but sales administrators
        :raises UserError: where the reseller is given no answer
        """
        disputes = self._get_undecided()
        if disputes.filtered(lambda dispute: not dispute.answer):
            raise UserError(_("Write an answer: the reseller reads it."))
        disputes._decide("refused")
        return True

    def _get_undecided(self):
        """Those that wait for a decision, for those who may decide.

        :return: disputes, elevated
        :raises AccessError: for anyone but sales administrators
        """
        if not self.env["res.partner"]._is_reseller_program_manager():
            raise AccessError(_("Only sales administrators can do this."))
        return self.sudo().filtered(lambda dispute: dispute.state == "open")

    def _decide(self, state):
        """Close disputes, and tell those who made them.

        :param str state: agreed or refused
        """
        if not self:
            return
        self.write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        self.offer_id.lead_id._get_team_activities(DISPUTE).unlink()
        told = self.filtered("author_id.email")
        told._queue_template_mails("crm_reseller_performance.mail_template_dispute")
