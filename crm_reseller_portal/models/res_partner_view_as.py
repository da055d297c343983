from odoo import _, api, fields, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    _inherit = "res.partner"

    reseller_portal_person = fields.Boolean(
        string="Works on the Portal",
        compute="_compute_reseller_portal_person",
        groups="sales_team.group_sale_manager",
    )

    @api.depends("user_ids.groups_id")
    def _compute_reseller_portal_person(self):
        for partner in self:
            users_sudo = partner.sudo().user_ids
            partner.reseller_portal_person = any(
                user.share and user._get_reseller_sudo() for user in users_sudo
            )

    def action_view_portal_as(self):
        """Open the page that begins to look at the portal as this person.

        :return: action
        :raises AccessError: for users who may not, and people without the portal
        """
        self._check_reseller_access_manager()
        self.ensure_one()
        user = self.sudo().user_ids[:1]
        if not user or not user._may_be_viewed_by(self.env.user):
            # without the name, which not everybody may read
            raise AccessError(_("You cannot look at the portal as this person."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/crm_reseller_portal/view-as/{user.id}",
            "target": "self",
        }
