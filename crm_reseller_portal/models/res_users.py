from odoo import _, api, models
from odoo.tools import email_normalize

from odoo.addons.crm_reseller_base.compat import get_all_groups_field

USER_GROUP = "crm_reseller_portal.group_reseller_user"
SUPERVISOR_GROUP = "crm_reseller_portal.group_reseller_supervisor"


class ResUsers(models.Model):
    _inherit = "res.users"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users._join_reseller_portal()
        return users

    def write(self, vals):
        companies = {}
        if "partner_id" in vals:
            companies = self.partner_id._get_reseller_user_companies()
        result = super().write(vals)
        if companies:
            self.partner_id._on_reseller_users_moved(companies)
        if vals.get("active") is False:
            self.filtered("share").partner_id._leave_reseller_leads(signed_out=True)
        return result

    # ------------------------------------------------------------
    # WHO IS WHO
    # ------------------------------------------------------------

    def _get_reseller_sudo(self):
        """The company this user works for as a reseller, or nothing.

        People of a company that was archived or lost its level keep their accounts,
        not the access.

        :return: res.partner, elevated
        """
        self.ensure_one()
        partner_sudo = self.env["res.partner"].sudo()
        if not self.has_group(USER_GROUP):
            return partner_sudo
        company_sudo = self.sudo().commercial_partner_id
        takes_part = company_sudo.active and company_sudo.reseller_level_id
        return company_sudo if takes_part else partner_sudo

    def _is_reseller_supervisor(self):
        """Whether this user sees all leads of the company and hands them to colleagues.

        :return: bool
        """
        self.ensure_one()
        return self.has_group(SUPERVISOR_GROUP)

    def _get_reseller_role(self):
        """What this user is at a reseller.

        :return: ``user``, ``supervisor`` or empty text
        """
        self.ensure_one()
        if not self._get_reseller_sudo():
            return ""
        return "supervisor" if self._is_reseller_supervisor() else "user"

    def _get_reseller_lead_domain(self):
        """The leads this user works on the portal. Hook.

        It is the only rule about it. Use it in an elevated search: portal users have no
        rights on leads. It looks at no company's id, for resellers work with all of
        them, and at no ``active`` flag: lost deals stay on their pages.

        :return: domain on crm.lead; matches nothing for users of no reseller
        """
        self.ensure_one()
        reseller_sudo = self._get_reseller_sudo()
        if not reseller_sudo:
            return [(0, "=", 1)]
        domain = [
            ("reseller_id", "=", reseller_sudo.id),
            ("reseller_state", "in", ("pending", "accepted")),
        ]
        if not self._is_reseller_supervisor():
            unassigned_or_me = [False, self.partner_id.id, reseller_sudo.id]
            domain.append(("reseller_contact_id", "in", unassigned_or_me))
        return domain + self._get_reseller_lead_direction_domain()

    def _get_reseller_colleagues_sudo(self):
        """The people of the user's company who can work its leads.

        :return: res.partner, elevated, by name
        """
        self.ensure_one()
        # not env.ref, which looks each time whether the group exists
        group_id = self.env["ir.model.data"].sudo()._xmlid_to_res_id(USER_GROUP)
        groups = f"user_ids.{get_all_groups_field(self)}"
        return (
            self.env["res.partner"]
            .sudo()
            .search_fetch(
                [
                    ("commercial_partner_id", "=", self.commercial_partner_id.id),
                    (groups, "in", [group_id]),
                    # invited by a colleague, and not here yet: who invites must not
                    # learn whether there is such a person
                    "|",
                    ("reseller_invitation_open", "=", False),
                    ("user_ids.log_ids", "!=", False),
                ],
                ["name", "email", "reseller_away_from", "reseller_away_until"],
                order="name, id",
            )
        )

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def _join_reseller_portal(self, checked=False):
        """Give the portal users of resellers the rights of a reseller's user.

        Only a sales administrator or the system decides it. Of what anyone else does,
        the channel manager is notified, who can give the access.

        :param bool checked: whether the caller made sure that it may be given
        """
        group = self.env.ref(USER_GROUP, raise_if_not_found=False)
        if not group:
            return
        users = self.sudo().filtered(
            lambda user: (
                user.has_group("base.group_portal")
                and not user.has_group(USER_GROUP)
                and user.commercial_partner_id.active
                and user.commercial_partner_id.reseller_level_id
            )
        )
        if not users:
            return
        if checked or self.env["res.partner"]._is_reseller_access_manager():
            users.write({"groups_id": [(4, group.id)]})
            return
        for user in users:
            user._ask_for_reseller_access()

    def _ask_for_reseller_access(self):
        """Ask the channel manager whether a person may work a reseller's leads."""
        self.ensure_one()
        company = self.commercial_partner_id.sudo()
        manager = self.env["crm.lead"].sudo().new()._get_channel_manager()
        company.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=manager.id,
            summary=_("Portal access for %(person)s?", person=self.name),
            note=_(
                "%(user)s made this person a contact of the reseller. Give the access "
                "with the button Portal Access, if it is right.",
                user=self.env.user.name,
            ),
        )

    def _leave_reseller_portal(self):
        """Take a reseller's rights; an account of the portal remains."""
        groups = [
            self.env.ref(name, raise_if_not_found=False)
            for name in (SUPERVISOR_GROUP, USER_GROUP)
        ]
        users = self.sudo().filtered(lambda user: user.has_group(USER_GROUP))
        if users and all(groups):
            portal = self.env.ref("base.group_portal")
            # a reseller's rights imply those of the portal: they have to go first
            users.write(
                {
                    "groups_id": [
                        *((3, group.id) for group in groups),
                        (4, portal.id),
                    ]
                }
            )

    def _follow_reseller_address(self):
        """Make the person's address the login, until the first sign-in.

        The invitation names the login; an address corrected since would not get in.
        """
        Users = self.env["res.users"].sudo().with_context(active_test=False)
        for user in self.sudo():
            email = email_normalize(user.partner_id.email)
            if (
                email
                and user.share
                and user.login != email
                and not user.login_date
                and email_normalize(user.login)
                and user.commercial_partner_id.reseller_level_id
                and not Users.search_count([("login", "=", email)])
            ):
                user.login = email

    @api.model
    def _join_all_reseller_portal(self):
        """Give all portal users of all resellers their rights, on installation."""
        self.sudo().search(
            [
                ("share", "=", True),
                ("partner_id.commercial_partner_id.reseller_level_id", "!=", False),
            ]
        )._join_reseller_portal()
