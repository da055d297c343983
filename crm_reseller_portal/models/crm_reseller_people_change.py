import logging

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

_logger = logging.getLogger(__name__)

CRON = "crm_reseller_portal.ir_cron_send_reseller_invitations"
ROLES = [("user", "User"), ("supervisor", "Supervisor")]
ROLES_BEFORE = [("none", "No access"), *ROLES]
KINDS = [
    ("invited", "Invitation"),
    ("role", "Role Changed"),
    ("removed", "Access Removed"),
]
STATES = [
    ("queued", "Being Sent"),
    ("done", "Done"),
    ("refused", "Not Sent"),
    ("withdrawn", "Withdrawn"),
    ("undone", "Undone"),
]
# what the reseller's supervisors are shown until the person signs in
OPEN_STATES = ("queued", "done", "refused")


class CrmResellerPeopleChange(models.Model):
    """What supervisors of a reseller changed about their people.

    The rows are only added to and closed. An invitation is sent by the cron, whatever
    becomes of it: the supervisor reads the same answer at the same time whether the
    address is new or belongs to somebody the supervisor must not learn of.
    """

    _name = "crm.reseller.people.change"
    _description = "Change of a Reseller's People"
    _order = "id desc"

    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        help="The only company the reseller works for. Empty: all companies.",
    )
    author_id = fields.Many2one(
        "res.partner", string="Changed by", readonly=True, ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    kind = fields.Selection(KINDS, string="Change", required=True, readonly=True)
    state = fields.Selection(STATES, default="done", required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    email = fields.Char(string="E-mail", readonly=True)
    role_before = fields.Selection(
        ROLES_BEFORE, string="Before", default="none", readonly=True
    )
    role = fields.Selection(ROLES, string="After", readonly=True)
    new_contact = fields.Boolean(
        readonly=True, help="The contact was created for the invitation."
    )
    problem = fields.Char(
        string="Why Not Sent", readonly=True, help="Not shown to the reseller."
    )
    undone_by_id = fields.Many2one("res.users", string="Undone by", readonly=True)
    undone_on = fields.Datetime(readonly=True)

    # ------------------------------------------------------------
    # INVITATIONS
    # ------------------------------------------------------------

    @api.model
    def _get_open_invitations_domain(self, reseller):
        """Invitations of a reseller's people who did not sign in yet.

        :param reseller: res.partner
        :return: domain
        """
        return [
            ("reseller_id", "=", reseller.id),
            ("kind", "=", "invited"),
            ("state", "in", OPEN_STATES),
            "|",
            ("partner_id", "=", False),
            "&",
            ("partner_id.reseller_invitation_open", "=", True),
            ("partner_id.user_ids.log_ids", "=", False),
        ]

    @api.model
    def _trigger_invitations(self):
        """Send what waits as soon as a worker is free."""
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            # the supervisor has no rights on jobs
            cron.sudo()._trigger()

    @api.model
    def _cron_send_reseller_invitations(self, auto_commit=False):
        """Send the invitations that wait, oldest first.

        Safe when two runs meet: one that another run is sending is left to it.

        :param bool auto_commit: commit per invitation
        """
        waiting = self.sudo().search([("state", "=", "queued")], order="id")
        for change in waiting:
            try:
                with self.env.cr.savepoint():
                    if change._lock_queued():
                        change._send_invitation()
            except OperationalError:
                # the database is busy: the next run sends it
                continue
            except Exception as error:  # one that fails must not stop the others
                _logger.exception("invitation %s of a reseller failed", change.id)
                change.write({"state": "refused", "problem": str(error)[:200]})
                change._tell_team()
            if auto_commit:
                # an invitation that was sent stays sent when a later one fails
                self.env.cr.commit()  # pylint: disable=invalid-commit

    def _lock_queued(self):
        """Take an invitation that no other run is sending.

        :return: whether it still waits and is locked now
        """
        self.ensure_one()
        self.env.cr.execute(
            "SELECT id FROM crm_reseller_people_change "
            "WHERE id = %s AND state = 'queued' FOR UPDATE SKIP LOCKED",
            [self.id],
        )
        return bool(self.env.cr.fetchone())

    def _send_invitation(self):
        """Give the person access and send the mail, where the address may be used."""
        self.ensure_one()
        person, problem = self._find_invited()
        if problem:
            self.write({"state": "refused", "problem": problem})
            self._tell_team()
            return
        vals = {"state": "done"}
        if not person:
            person = self.env["res.partner"].sudo().create(self._prepare_person_vals())
            vals["new_contact"] = True
        vals["role_before"] = person._get_portal_role()
        person.write(
            {
                "reseller_invited_on": fields.Datetime.now(),
                "reseller_invitation_open": True,
            }
        )
        person._set_portal_role(self.role)
        self.write({**vals, "partner_id": person.id})
        self._tell_team()

    def _prepare_person_vals(self):
        """The contact of a person who is new. Hook.

        :return: dict of values for ``res.partner``
        """
        self.ensure_one()
        return {
            "name": self.name,
            "email": self.email,
            "type": "contact",
            "parent_id": self.reseller_id.id,
            "lang": self.author_id.lang or self.reseller_id.lang,
            "tz": self.author_id.tz or self.reseller_id.tz,
        }

    def _find_invited(self):
        """Who has the address: a person of the own company, or no one.

        :return: pair of a res.partner, elevated, one or none, and the sentence for the
            team why the address cannot be used, empty when it can
        """
        self.ensure_one()
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        Users = self.env["res.users"].sudo().with_context(active_test=False)
        nobody = Partner.browse()
        authors = self.author_id.sudo().user_ids
        if not any(self.reseller_id._may_manage_people(user) for user in authors):
            return nobody, _("Who invited may not manage people any more.")
        found = Partner.search([("email_normalized", "=", self.email)], order="id")
        found |= Users.search([("login", "=ilike", self.email)]).partner_id
        own = found.filtered(
            lambda person: (
                person.commercial_partner_id == self.reseller_id
                and person != self.reseller_id
            )
        )
        others = found - own - self.reseller_id
        if others:
            return nobody, _(
                "The address belongs to %(person)s already.",
                person=others[0].display_name,
            )
        person = (own.filtered("user_ids") or own)[:1]
        if person and not person.active:
            return nobody, _("%(person)s is archived.", person=person.display_name)
        if person.user_ids.filtered(lambda user: not user.share):
            return nobody, _(
                "%(person)s works for us, not for a reseller.", person=person.name
            )
        return person, ""

    def _withdraw(self):
        """Take invitations back whose people did not sign in yet."""
        for change in self.sudo().filtered(lambda each: each.state in OPEN_STATES):
            change._take_access_back()
            change.state = "withdrawn"

    def _take_access_back(self):
        """Close the account an invitation opened, and forget a contact made for it."""
        self.ensure_one()
        person = self.partner_id
        if not person:
            return
        if person._get_portal_role() != "none":
            person._set_portal_role("none")
        person.reseller_invitation_open = False
        users = person.with_context(active_test=False).user_ids
        if self.new_contact and not users.log_ids and person.active:
            person.active = False

    # ------------------------------------------------------------
    # THE TEAM
    # ------------------------------------------------------------

    def _tell_team(self):
        """Notify the channel manager, who can undo it."""
        self.ensure_one()
        reseller = self.reseller_id.sudo()
        manager = reseller._get_reseller_channel_manager()
        words = self.with_context(lang=manager.lang or self.env.lang)._get_words()
        reseller._message_log(
            body=words, author_id=(self.author_id or reseller.env.user.partner_id).id
        )
        reseller._schedule_reseller_activity(
            "crm_reseller_portal.mail_activity_type_people", manager, words
        )

    def _get_words(self):
        """What was changed, in one sentence.

        :return: plain text in the language of the context
        """
        self.ensure_one()
        roles = dict(self._fields["role"]._description_selection(self.env))
        names = {
            "author": self.author_id.name or "",
            "person": self.name,
            "email": self.email or "",
            "role": roles.get(self.role, ""),
            "problem": self.problem or "",
        }
        if self.kind == "invited" and self.state == "refused":
            return _(
                "%(author)s invited %(person)s (%(email)s), which was not sent: "
                "%(problem)s",
                **names,
            )
        if self.kind == "invited":
            return _("%(author)s invited %(person)s (%(email)s) as %(role)s.", **names)
        if self.kind == "removed":
            return _("%(author)s took the access of %(person)s away.", **names)
        return _("%(author)s made %(person)s a %(role)s.", **names)

    def action_undo(self):
        """Give people the role they had before the change.

        :return: True
        :raises AccessError: for users who are no sales administrators
        :raises UserError: where something was changed again since
        """
        if not self.env.su and self.env.user.share:
            raise AccessError(_("Only the team can do this."))
        self.env["res.partner"]._check_reseller_access_manager()
        for change in self.sudo():
            change._undo()
        return True

    def _undo(self):
        """Undo one change.

        :raises UserError: where something was changed again since
        """
        self.ensure_one()
        person = self.partner_id
        now = person._get_portal_role() if person else "none"
        if self.state != "done" or not person or now != (self.role or "none"):
            raise UserError(
                _(
                    "%(person)s was changed again since. Use Portal Access of the "
                    "reseller instead.",
                    person=self.name,
                )
            )
        if self.kind == "invited":
            self._take_access_back()
        if self.role_before != person._get_portal_role():
            person._set_portal_role(self.role_before)
        self.write(
            {
                "state": "undone",
                "undone_by_id": self.env.uid,
                "undone_on": fields.Datetime.now(),
            }
        )
