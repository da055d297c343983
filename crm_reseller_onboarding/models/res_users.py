from odoo import api, models

from odoo.addons.crm_reseller_portal.models.res_users import USER_GROUP

# forms write groups under names of their own
GROUPS = ("groups_id", "group_ids", "in_group_", "sel_groups_")


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._filter_reseller_people()._on_reseller_access()
        return users

    def write(self, vals):
        before = self.browse()
        groups = any(name.startswith(GROUPS) for name in vals)
        if groups:
            before = self._filter_reseller_people()
        result = super().write(vals)
        if groups:
            (self._filter_reseller_people() - before)._on_reseller_access()
        return result

    def _filter_reseller_people(self):
        """Select those who can use the portal for a reseller.

        :return: res.users, elevated
        """
        return self.sudo().filtered(
            lambda user: (
                user.share
                and user.active
                and user.has_group(USER_GROUP)
                and user.commercial_partner_id.reseller_level_id
            )
        )

    def _on_reseller_access(self):
        """These people got access to the portal. Hook."""
        self.partner_id._on_reseller_access()

    # ------------------------------------------------------------
    # WHAT A PERSON SEES
    # ------------------------------------------------------------

    def _get_reseller_agreement_domain(self):
        """The agreements this user reads on the portal. Hook.

        Those that a step of the own company asks for, and those it accepted.

        :return: domain on crm.reseller.agreement, for an elevated search
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        Progress = self.env["crm.reseller.onboarding.progress"].sudo()
        rows = Progress.search_fetch(
            [("reseller_id", "=", reseller_sudo.id), ("kind", "=", "agreement")],
            ["step_id"],
        )
        accepted = [("reseller_id", "=", reseller_sudo.id)]
        return [
            ("version_ids", "any", [("state", "=", "published")]),
            "|",
            ("id", "in", rows.step_id.agreement_id.ids),
            ("version_ids", "any", [("acceptance_ids", "any", accepted)]),
        ]

    def _get_reseller_guide_domain(self, unseen=False):
        """The guides this user sees on the portal. Hook.

        :param bool unseen: whether only those are meant that the person has not seen
        :return: domain on crm.reseller.guide, for an elevated search
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        domain = [
            ("active", "=", True),
            *self.env["crm.reseller.guide"]._get_audience_domain(self),
        ]
        company = reseller_sudo._get_reseller_company()
        if company:
            domain.append(("company_id", "in", [False, company.id]))
        if unseen:
            seen = [("partner_id", "=", self.partner_id.id)]
            domain.append(("view_ids", "not any", seen))
        return domain
