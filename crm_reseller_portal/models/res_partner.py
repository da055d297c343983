from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from .res_users import SUPERVISOR_GROUP, USER_GROUP

# what may move people between companies, or open or close the portal to a company
MOVING_FIELDS = frozenset(
    {"parent_id", "is_company", "active", "reseller_level_id", "commercial_partner_id"}
)

# what the people of a company see by the audiences of sections
AUDIENCE_FIELDS = frozenset(
    {
        "reseller_activation_id",
        "reseller_type_id",
        "reseller_direction_id",
        "reseller_direction_ids",
    }
)

# any RPC client can send a context key, none can send this very object
MERGE = object()
# set while somebody moves people who does not decide who gets in
UNTRUSTED = object()


class ResPartner(models.Model):
    _inherit = "res.partner"

    reseller_invited_on = fields.Datetime(
        string="Invited to the Portal",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        asked = self._with_reseller_asker()
        partners = super(ResPartner, asked).create(vals_list)
        return partners.with_env(self.env)

    def write(self, vals):
        companies = {}
        # a merge looks at everything in the end: until then records are half moved
        merging = self.env.context.get("reseller_merge") is MERGE
        moving = bool(MOVING_FIELDS.intersection(vals)) and not merging
        if moving:
            companies = self._get_reseller_user_companies()
        addresses = {}
        if "email" in vals:
            addresses = {partner: partner.email for partner in self.sudo()}
        if AUDIENCE_FIELDS.intersection(vals):
            self.env["res.users"]._forget_reseller_direction_access()
        asked = self._with_reseller_asker()
        result = super(ResPartner, asked).write(vals)
        if moving:
            self._on_reseller_users_moved(companies)
            self._leave_reseller_leads()
        changed = [
            partner.id for partner, email in addresses.items() if partner.email != email
        ]
        if changed:
            self.browse(changed)._on_reseller_address_changed()
        return result

    def _with_reseller_asker(self):
        """Let commands on the contacts of a company be judged by who gave them.

        Odoo runs the commands of a one2many field as the user who began the
        transaction; that is not always the one who writes now.

        :return: the same records
        """
        if self._is_reseller_access_manager():
            return self
        return self.with_context(reseller_asker=UNTRUSTED)

    def _get_reseller_user_companies(self):
        """The portal accounts below these partners and their companies.

        :return: dict from res.users to res.partner, both elevated
        """
        users = (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search([("share", "=", True), ("partner_id", "child_of", self.ids)])
        )
        return {user: user.commercial_partner_id for user in users}

    def _on_reseller_users_moved(self, companies):
        """Let rights follow the company: a person who changes it loses the role.

        Only a sales administrator brings a person with a role into a first reseller.

        :param dict companies: see ``_get_reseller_user_companies``, from before
        """
        trusted = self._is_reseller_access_manager()
        moved = self.env["res.users"].sudo()
        for user, company in companies.items():
            former = company.exists()
            if user.commercial_partner_id != company and not (
                trusted and former and not former.reseller_level_id
            ):
                moved |= user
        if moved:
            moved._leave_reseller_portal()
        self._join_reseller_portal()

    def _on_reseller_address_changed(self):
        """Let accounts that were never used follow the addresses of their people."""
        self.sudo().with_context(active_test=False).user_ids._follow_reseller_address()

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    @api.model
    def _is_reseller_access_manager(self):
        """Whether the user decides who gets into the resellers' portal.

        :return: whether the user is a sales administrator or the system, and acts for
            nobody else
        :rtype: bool
        """
        if self.env.context.get("reseller_asker") is UNTRUSTED:
            return False
        user = self.env.user
        return user._is_superuser() or user.has_group("sales_team.group_sale_manager")

    @api.model
    def _check_reseller_access_manager(self):
        """Let only sales administrators manage portal access.

        :raises AccessError: for anyone else
        """
        if not self._is_reseller_access_manager():
            raise AccessError(_("Only sales administrators manage portal access."))

    def _enforces_reseller_directions(self):
        """Whether sales directions limit what the people of this company see.

        :return: bool, by the settings of the company the reseller works for
        """
        company_sudo = (
            self._get_reseller_company() or self.env["crm.lead"]._get_main_company()
        )
        return company_sudo.reseller_enforce_directions

    # ------------------------------------------------------------
    # PEOPLE
    # ------------------------------------------------------------

    def _leave_reseller_leads(self, signed_out=False):
        """Free the leads in charge of people who work for their reseller no longer.

        A colleague can take them, and the person who left hears of them no more.

        :param bool signed_out: whether these people just lost their accounts
        """
        leads = (
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [("reseller_contact_id", "in", self.ids), ("reseller_id", "!=", False)]
            )
            .filtered(
                lambda lead: signed_out
                or not lead.reseller_contact_id.active
                or lead.reseller_contact_id.commercial_partner_id != lead.reseller_id
            )
        )
        for person, their_leads in leads.grouped("reseller_contact_id").items():
            their_leads._unassign_reseller_contact(person)

    def _join_reseller_portal(self):
        """Give the portal users of these companies and people a reseller's rights."""
        resellers = self.sudo().commercial_partner_id.filtered("reseller_level_id")
        if resellers:
            resellers._get_reseller_users_sudo()._join_reseller_portal()

    def _get_reseller_users_sudo(self):
        """The portal accounts of the people of these companies.

        :return: res.users, elevated
        """
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("share", "=", True),
                    ("partner_id.commercial_partner_id", "in", self.ids),
                ]
            )
        )

    def _invite_to_reseller_portal(self, reseller):
        """Give a reseller's contact an account, once, instead of a mere notice.

        :param reseller: the company the contact works for
        :return: whether the contact was invited just now
        """
        partner = self.sudo()
        if (
            not partner
            or partner.reseller_invited_on
            or partner.commercial_partner_id != reseller
            or partner.with_context(active_test=False).user_ids
            or not email_normalize(partner.email)
        ):
            return False
        line = partner._open_portal_access()
        if line.email_state != "ok":
            # the address is another account's: the notice has to do
            return False
        partner.reseller_invited_on = fields.Datetime.now()
        line._grant_reseller_access()
        return True

    def action_open_reseller_portal_access(self):
        """Open the list of the people of a reseller and their portal access.

        :return: action of the window
        :raises AccessError: for users who are no sales administrators
        """
        self._check_reseller_access_manager()
        wizard = self.env["crm.reseller.portal.access"].create(
            {"reseller_id": self.commercial_partner_id[:1].id}
        )
        return wizard._open()

    def _get_portal_role(self):
        """What this person may do on a reseller's portal.

        :return: ``supervisor``, ``user`` or ``none``
        """
        self.ensure_one()
        user = self.sudo().user_ids[:1]
        if user and user.has_group(SUPERVISOR_GROUP):
            return "supervisor"
        return "user" if user and user.has_group(USER_GROUP) else "none"

    def _set_portal_role(self, role):
        """Give, change or take away this person's access to a reseller's portal.

        :param str role: ``supervisor``, ``user`` or ``none``
        :raises UserError: for a person of the team
        """
        self.ensure_one()
        users = self.sudo().with_context(active_test=False).user_ids
        if users.filtered(lambda user: user.active and not user.share):
            raise UserError(
                _("%(person)s works for us, not for a reseller.", person=self.name)
            )
        if role == "none":
            self._open_portal_access().action_revoke_access()
            return
        if self._get_portal_role() == "none":
            self._open_portal_access()._grant_reseller_access()
        supervisor = self.env.ref(SUPERVISOR_GROUP).id
        commands = [(4 if role == "supervisor" else 3, supervisor)]
        # what the other group implied is kept by its own right
        commands.append((4, self.env.ref(USER_GROUP).id))
        self.sudo().user_ids[:1].write({"groups_id": commands})

    def _open_portal_access(self):
        """The line of Odoo's own wizard for this person.

        :return: portal.wizard.user, elevated
        """
        wizard = (
            self.env["portal.wizard"].sudo().create({"partner_ids": [(6, 0, self.ids)]})
        )
        return wizard.user_ids
