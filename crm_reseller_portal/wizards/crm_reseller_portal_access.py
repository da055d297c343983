from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

ROLES = [("none", "No access"), ("user", "User"), ("supervisor", "Supervisor")]


class CrmResellerPortalAccess(models.TransientModel):
    """All people of a reseller and what they may do on the portal."""

    _name = "crm.reseller.portal.access"
    _description = "Portal Access of a Reseller"

    reseller_id = fields.Many2one("res.partner", required=True, readonly=True)
    line_ids = fields.One2many(
        "crm.reseller.portal.access.line",
        "wizard_id",
        compute="_compute_line_ids",
        # with the rights of who opens the window
        compute_sudo=False,
        store=True,
        readonly=False,
    )

    @api.depends("reseller_id")
    def _compute_line_ids(self):
        self._check_manager()
        for wizard in self:
            people = wizard.reseller_id._get_reseller_people()
            wizard.line_ids = [(5,)] + [
                (0, 0, {"partner_id": partner.id, "role": partner._get_portal_role()})
                for partner in people | wizard.reseller_id
            ]

    def _open(self):
        """Show the wizard.

        :return: action
        """
        return {
            "name": _("Portal access of %(reseller)s", reseller=self.reseller_id.name),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_manager(self):
        """Let only sales administrators manage portal access.

        :raises AccessError: for anyone else
        """
        self.env["res.partner"]._check_reseller_access_manager()

    def action_apply(self):
        """Give each person the access chosen; invite those who are new.

        :return: an action that closes the window
        :raises UserError: naming the people whose e-mail address cannot be used
        """
        self._check_manager()
        for wizard in self:
            wizard.line_ids._apply_role()
        return {"type": "ir.actions.act_window_close"}

    def action_invite_all(self):
        """Give all people with an e-mail address at least a user's access.

        :return: an action that shows who was left out, or closes the window
        """
        self._check_manager()
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: line.role == "none" and line.partner_id != self.reseller_id
        )
        ready = lines.filtered(lambda line: not line._get_problem())
        ready.role = "user"
        self.line_ids._apply_role()
        left_out = lines - ready
        if not left_out:
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": _(
                    "Not invited: %(problems)s",
                    problems=" ".join(line._get_problem() for line in left_out),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class CrmResellerPortalAccessLine(models.TransientModel):
    _name = "crm.reseller.portal.access.line"
    _description = "Portal Access of a Person"

    wizard_id = fields.Many2one(
        "crm.reseller.portal.access", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Person", readonly=True)
    email = fields.Char(related="partner_id.email", related_sudo=False)
    role = fields.Selection(ROLES, required=True, default="none")
    login_date = fields.Datetime(
        string="Last Sign-in", compute="_compute_login_date", compute_sudo=False
    )

    @api.depends("partner_id")
    def _compute_login_date(self):
        self.env["res.partner"]._check_reseller_access_manager()
        for line in self:
            line.login_date = line.partner_id.sudo().user_ids[:1].login_date

    def _get_problem(self):
        """Why a person cannot be given an account.

        :return: sentence, empty when nothing is in the way
        """
        self.ensure_one()
        partner = self.partner_id
        if partner.sudo().user_ids:
            return ""
        email = email_normalize(partner.email)
        if not email:
            return _("%(person)s has no valid e-mail address.", person=partner.name)
        if (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search_count([("login", "=", email), ("partner_id", "!=", partner.id)])
        ):
            return _(
                "%(person)s has the e-mail address of another account.",
                person=partner.name,
            )
        return ""

    def _apply_role(self):
        """Give these people the chosen roles.

        :raises UserError: with a sentence for each person who cannot be given an
            account
        """
        changed = self.filtered(
            lambda line: line.role != line.partner_id._get_portal_role()
        )
        problems = [line._get_problem() for line in changed if line.role != "none"]
        if any(problems):
            raise UserError("\n".join(filter(None, problems)))
        for line in changed:
            line.partner_id._set_portal_role(line.role)
