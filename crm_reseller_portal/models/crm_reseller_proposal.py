from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_reseller_base.locks import lock_for_click

from ..forms.company import COMPANY_FIELDS

ACTIVITY = "crm_reseller_portal.mail_activity_type_proposal"
STATES = [
    ("submitted", "To Decide"),
    ("confirmed", "Confirmed"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]


class CrmResellerProposal(models.Model):
    """Company data a reseller proposes; the team confirms or refuses it."""

    _name = "crm.reseller.proposal"
    _description = "Company Data Proposed by a Reseller"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "reseller_id"
    # who may read it may write about it
    _mail_post_access = "read"

    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        help="The only company the reseller works for. Empty: all companies.",
    )
    author_id = fields.Many2one(
        "res.partner", string="Proposed by", readonly=True, ondelete="set null"
    )
    state = fields.Selection(
        STATES, default="submitted", required=True, readonly=True, tracking=True
    )
    changes = fields.Json(
        string="Changes (JSON)",
        readonly=True,
        help="List of the name of a field, what it held before, and what is proposed.",
    )
    changes_html = fields.Html(
        string="What Would Change", compute="_compute_changes_html"
    )
    logo = fields.Image(
        string="Proposed Logo", max_width=1024, max_height=1024, readonly=True
    )
    with_logo = fields.Boolean(
        readonly=True, help="A picture is proposed; known without loading it."
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    refusal_reason = fields.Text(
        readonly=True, help="The reseller reads it by e-mail and on the portal."
    )

    @api.depends("changes")
    @api.depends_context("lang")
    def _compute_changes_html(self):
        for proposal in self:
            rows = Markup().join(
                Markup("<tr><th>%s</th><td>%s</td><td>→</td><td>%s</td></tr>") % row
                for row in proposal._get_change_rows()
            )
            table = Markup(
                '<table class="table table-sm mb-0"><tbody>%s</tbody></table>'
            )
            proposal.changes_html = table % rows if rows else False

    def _get_change_rows(self):
        """What is proposed, to read.

        :return: list of triples of label, text before and text after
        """
        self.ensure_one()
        known = self.env["res.partner"]._fields
        return [
            (
                known[name].get_description(self.env)["string"],
                before or "–",
                after or "–",
            )
            for name, before, after in self.changes or []
            if name in COMPANY_FIELDS
        ]

    # ------------------------------------------------------------
    # THE TEAM DECIDES
    # ------------------------------------------------------------

    def _check_team(self):
        """Let sales administrators pass.

        :return: the proposals that wait for a decision, elevated
        :raises AccessError: for anyone else
        :raises UserError: where none of them waits
        """
        if not self.env.su and self.env.user.share:
            raise AccessError(_("Only the team can do this."))
        self.env["res.partner"]._check_reseller_access_manager()
        lock_for_click(self, touch=True)
        waiting = self.sudo().filtered(lambda each: each.state == "submitted")
        if not waiting:
            raise UserError(_("This was decided or withdrawn already."))
        return waiting

    def action_confirm(self):
        """Take over what is proposed, and notify the resellers.

        :return: True
        :raises AccessError: for users who are no sales administrators
        :raises UserError: where nothing waits for a decision
        """
        waiting = self._check_team()
        for proposal in waiting:
            # a sales administrator decides it, who may lack the right on contacts
            proposal.reseller_id.write(proposal._get_partner_vals())
        waiting._close("confirmed")
        return True

    def _get_partner_vals(self):
        """What the company's record holds once the proposal is confirmed.

        :return: dict of values for ``res.partner``
        """
        self.ensure_one()
        vals = {
            name: after or False
            for name, _before, after in self.changes or []
            if name in COMPANY_FIELDS
        }
        if self.logo:
            vals["image_1920"] = self.logo
        return vals

    def action_refuse(self):
        """Ask why it is refused.

        :return: action of the window
        :raises AccessError: for users who are no sales administrators
        :raises UserError: where nothing waits for a decision
        """
        waiting = self._check_team()
        return {
            "name": _("Refuse"),
            "type": "ir.actions.act_window",
            "res_model": "crm.reseller.proposal.refuse",
            "view_mode": "form",
            "target": "new",
            "context": {"default_proposal_ids": waiting.ids},
        }

    def _close(self, state, reason=None):
        """Decide proposals, and notify who made them.

        :param str state: ``confirmed``, ``refused`` or ``withdrawn``
        :param str reason: why, for the reseller
        """
        self.write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                "refusal_reason": reason or False,
            }
        )
        self.activity_unlink([ACTIVITY])
        if state == "withdrawn":
            return
        for proposal in self:
            author = proposal.author_id.filtered("active")
            told = proposal.with_context(lang=author.lang or self.env.lang)
            told.message_post(
                body=Markup("<p>%s</p>") % told._get_decision_text(),
                subject=told._get_decision_subject(),
                subtype_xmlid="mail.mt_note",
                partner_ids=author.ids,
            )

    def _get_decision_subject(self):
        """The subject of the mail about a decision.

        :return: text in the language of the context
        """
        return _("Your company data")

    def _get_decision_text(self):
        """The sentence for the reseller about a decision.

        :return: text in the language of the context
        """
        self.ensure_one()
        if self.state == "confirmed":
            return _("We changed your company data as you proposed. Thank you!")
        return _(
            "We could not take over the company data you proposed. %(reason)s",
            reason=self.refusal_reason,
        )

    def _ask_team(self):
        """Schedule an activity for the channel manager."""
        self.ensure_one()
        manager = self.reseller_id._get_reseller_channel_manager()
        self.activity_schedule(ACTIVITY, user_id=manager.id)
