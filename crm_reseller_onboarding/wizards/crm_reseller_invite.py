from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class CrmResellerInvite(models.TransientModel):
    """Invites all people of chosen resellers to the portal, after a preview."""

    _name = "crm.reseller.invite"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Invite People of Resellers"

    reseller_ids = fields.Many2many(
        "res.partner",
        "crm_reseller_invite_reseller_rel",
        string="Resellers",
        domain=[("reseller_level_id", "!=", False)],
        default=lambda self: self._get_default_resellers(),
    )
    line_ids = fields.One2many(
        "crm.reseller.invite.line",
        "wizard_id",
        string="People",
        compute="_compute_line_ids",
        # with the rights of who opens the window
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    ready_count = fields.Integer(
        string="Will Be Invited", compute="_compute_ready_count", compute_sudo=False
    )

    @api.model
    def _get_default_resellers(self):
        """The resellers that were selected in a list.

        :return: res.partner
        """
        if self.env.context.get("active_model") != "res.partner":
            return self.env["res.partner"]
        chosen = self.env["res.partner"].browse(self.env.context.get("active_ids", []))
        return chosen.commercial_partner_id.filtered("reseller_level_id")

    @api.depends("reseller_ids")
    def _compute_line_ids(self):
        self.env["res.partner"]._check_reseller_access_manager()
        for wizard in self:
            resellers = wizard.reseller_ids._origin
            people = resellers._get_reseller_people().sorted(
                lambda person: (person.commercial_partner_id.name or "", person.name)
            )
            problems = wizard._get_problems(people)
            wizard.line_ids = [(5,)] + [
                (
                    0,
                    0,
                    {
                        "partner_id": person.id,
                        "invite": not problems[person],
                        "problem": problems[person],
                    },
                )
                for person in people
            ]

    @api.depends("line_ids.invite")
    def _compute_ready_count(self):
        for wizard in self:
            wizard.ready_count = len(wizard.line_ids.filtered("invite"))

    def _get_problems(self, people):
        """Why people cannot be invited, in one search for all of them.

        :param people: res.partner, elevated
        :return: dict of person to a sentence, empty where nothing is in the way
        """
        addresses = {person: email_normalize(person.email) for person in people}
        logins = {}
        accounts = (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search([("login", "in", [each for each in addresses.values() if each])])
        )
        for account in accounts:
            logins[account.login] = account.partner_id
        problems, taken = {}, set()
        for person, email in addresses.items():
            problem = ""
            if person.user_ids:
                has_access = person._get_portal_role() != "none"
                problem = _("Has access already.") if has_access else ""
                if person.user_ids.filtered(lambda user: not user.share):
                    problem = _("Works for us, not for a reseller.")
            elif not email:
                problem = _("Has no valid e-mail address.")
            elif logins.get(email, person) != person or email in taken:
                problem = _("Has the e-mail address of another account.")
            problems[person] = problem
            if not problem:
                taken.add(email)
        return problems

    def action_invite(self):
        """Give the chosen people access; Odoo sends each an invitation.

        :return: a notification that closes the window
        :raises AccessError: for users who are no sales administrators
        :raises UserError: where no one is chosen
        """
        self.env["res.partner"]._check_reseller_access_manager()
        self.ensure_one()
        chosen = self.line_ids.filtered("invite").partner_id
        # what changed since the window was opened, or was sent by hand
        people = chosen & self.reseller_ids._get_reseller_people()
        problems = self._get_problems(people.sudo())
        ready = people.filtered(lambda person: not problems[person.sudo()])
        if not ready:
            raise UserError(_("Choose at least one person who can be invited."))
        for person in ready:
            person._set_portal_role("user")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": (
                    _("1 person was invited.")
                    if len(ready) == 1
                    else _("%(count)s people were invited.", count=len(ready))
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
