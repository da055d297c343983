from odoo import _, api, models
from odoo.exceptions import UserError
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ..compat import check_access, team_field


class CrmTeam(models.Model):
    _inherit = "crm.team"

    @api.model
    def action_your_pipeline(self):
        """Show lost leads in My Pipeline too, in their folded column.

        :return: action
        """
        action = super().action_your_pipeline()
        action["domain"] = [
            *safe_eval(action.get("domain") or "[]", {"uid": self.env.uid}),
            "|",
            ("active", "=", True),
            ("stage_id.is_lost", "=", True),
        ]
        return action

    def unlink(self):
        """A team's own stages go with it: they are no step of other teams."""
        if not self.env.context.get(MODULE_UNINSTALL_FLAG):
            check_access(self, "unlink")
            self._check_no_leads_in_own_stages()
            # first, for from Odoo 19 on a team with stages is not deleted
            self._get_own_stages().unlink()
        result = super().unlink()
        self.env["crm.stage"]._forget_pipeline()
        return result

    def _check_no_leads_in_own_stages(self):
        """Leads are not left without a stage.

        :raises UserError: while there are leads in stages that only this team uses
        """
        stages = self._get_own_stages()
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        count = leads.search_count([("stage_id", "in", stages.ids)])
        if count:
            raise UserError(
                _(
                    "%(count)s leads are in stages that only this team uses: "
                    "%(stages)s. Move them to another team first, or give the stages "
                    "to another team.",
                    count=count,
                    stages=", ".join(stages.mapped("name")),
                )
            )

    def _get_own_stages(self):
        """The stages that no other team uses.

        :return: elevated recordset of ``crm.stage``
        """
        field = team_field(self.env["crm.stage"])
        stages = self.env["crm.stage"].sudo().search([(field, "in", self.ids)])
        return stages.filtered(lambda stage: stage[field] <= self.sudo())

    def _get_available_users(self):
        """The members who can be given leads today. Hook.

        :return: recordset of active users who did not opt out and are not away
        """
        members = self.crm_team_member_ids.filtered(
            lambda member: not member.assignment_optout and member.user_id.active
        )
        return members.user_id - self.env["crm.lead"]._get_absent_users(members.user_id)
