from odoo import api, models

USER_GROUP = "crm_reseller_portal.group_reseller_user"
SUPERVISOR_GROUP = "crm_reseller_portal.group_reseller_supervisor"


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._join_reseller_portal()
        return users

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            self.filtered("share").partner_id._leave_reseller_leads(signed_out=True)
        return result

    def _get_reseller_sudo(self):
        """Return the company this user works for as a reseller, or nothing.

        A reseller whose level was taken away keeps the account, not the access.
        """
        self.ensure_one()
        if not self.has_group(USER_GROUP):
            return self.env["res.partner"].sudo()
        return self.sudo().commercial_partner_id.filtered("reseller_level_id")

    def _is_reseller_supervisor(self):
        """Tell whether this user sees and hands on all leads of the company."""
        self.ensure_one()
        return self.has_group(SUPERVISOR_GROUP)

    def _get_reseller_colleagues_sudo(self):
        """Return the people of the user's company who can work its leads."""
        self.ensure_one()
        group = self.env.ref(USER_GROUP)
        # implied groups have a field of their own from Odoo 19 on
        implied = "all_group_ids" in self._fields
        groups = "user_ids.all_group_ids" if implied else "user_ids.groups_id"
        return (
            self.env["res.partner"]
            .sudo()
            .search_fetch(
                [
                    ("commercial_partner_id", "=", self.commercial_partner_id.id),
                    (groups, "in", group.ids),
                ],
                ["name"],
                order="name, id",
            )
        )

    def _join_reseller_portal(self):
        """Give the portal users of resellers the rights of a reseller's user."""
        group = self.env.ref(USER_GROUP, raise_if_not_found=False)
        if not group:
            return
        users = self.sudo().filtered(
            lambda user: (
                user.has_group("base.group_portal")
                and not user.has_group(USER_GROUP)
                and user.commercial_partner_id.reseller_level_id
            )
        )
        users.write({"groups_id": [(4, group.id)]})
        held = (
            self.env["crm.lead"]
            .sudo()
            ._read_group(
                [
                    ("reseller_id", "in", users.commercial_partner_id.ids),
                    ("company_id", "!=", False),
                ],
                ["reseller_id"],
                ["company_id:recordset"],
            )
        )
        for reseller, companies in held:
            users.filtered(
                lambda user, reseller=reseller: user.commercial_partner_id == reseller
            )._join_companies(companies)

    def _join_companies(self, companies):
        """Let these people see the pages of leads of these companies of ours."""
        for user in self:
            missing = companies - user.company_ids
            if missing:
                user.write({"company_ids": [(4, company.id) for company in missing]})

    @api.model
    def _join_all_reseller_portal(self):
        """Give all portal users of all resellers their rights; on installation."""
        self.sudo().search(
            [
                ("share", "=", True),
                ("partner_id.commercial_partner_id.reseller_level_id", "!=", False),
            ]
        )._join_reseller_portal()
