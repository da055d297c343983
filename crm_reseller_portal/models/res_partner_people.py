from markupsafe import Markup

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.crm_reseller_base.compat import get_all_groups_field
from odoo.addons.crm_reseller_base.locks import lock_for_click

from .res_users import SUPERVISOR_GROUP

# more than this at once is no company that grows but a mistake
MOST_OPEN_INVITATIONS = 20


class ResPartner(models.Model):
    """What supervisors do about the people of their own company.

    The pages call these under ``sudo()`` of the user's own environment, on the
    reseller's company. None of them can be called over RPC.
    """

    _inherit = "res.partner"

    reseller_invitation_open = fields.Boolean(
        string="Invited by a Colleague",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Until the person signs in, colleagues see the invitation alone.",
    )

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    def _may_manage_people(self, user):
        """Whether a user manages the people of this company. Hook.

        :param user: res.users
        :return: bool
        """
        self.ensure_one()
        return bool(
            user._is_reseller_supervisor()
            and user._get_reseller_sudo() == self
            and self.sudo().reseller_level_id.can_manage_people
        )

    def _check_may_manage_people(self):
        """Let supervisors of this company pass, where its level allows it.

        :raises AccessError: for anyone else
        :raises UserError: where the level does not allow it
        """
        self._check_reseller_supervisor()
        if not self._may_manage_people(self.env.user):
            raise UserError(
                _("Your level does not allow this. Our team changes it for you.")
            )

    def _check_reseller_supervisor(self):
        """Let supervisors of this company pass.

        :raises AccessError: for anyone else
        """
        self.ensure_one()
        user = self.env.user
        if not (user._is_reseller_supervisor() and user._get_reseller_sudo() == self):
            raise AccessError(_("Only supervisors can do this."))

    def _check_reseller_colleague(self, person):
        """Accept the people of the user's own company, but not the user.

        :param person: res.partner
        :raises UserError: for anyone else
        """
        user = self.env.user
        if person == user.partner_id:
            raise UserError(_("Ask a colleague or our team to change your own access."))
        if person not in user._get_reseller_colleagues_sudo():
            raise UserError(_("Choose one of your colleagues."))

    def _lock_reseller_people(self):
        """Of two clicks at the same moment, let the second one start over."""
        self.ensure_one()
        lock_for_click(self, touch=True)

    # ------------------------------------------------------------
    # WHAT THEY DO
    # ------------------------------------------------------------

    def _reseller_invite(self, name, email, role):
        """Invite a person; the same again counts once.

        :param str name: of the person
        :param str email: normalized address
        :param str role: ``user`` or ``supervisor``
        :return: crm.reseller.people.change, elevated
        :raises UserError: for a colleague, and with too many open invitations
        """
        self._check_may_manage_people()
        self._lock_reseller_people()
        colleagues = self.env.user._get_reseller_colleagues_sudo()
        if email in colleagues.mapped("email_normalized"):
            raise UserError(_("This person works with you on the portal already."))
        Change = self.env["crm.reseller.people.change"].sudo()
        invited = Change.search(Change._get_open_invitations_domain(self))
        same = invited.filtered(lambda change: change.email == email)
        if same:
            return same[:1]
        if len(invited) >= MOST_OPEN_INVITATIONS:
            raise UserError(
                _(
                    "%(count)s invitations are open already. Withdraw those that are "
                    "not needed.",
                    count=len(invited),
                )
            )
        change = self._log_people_change(
            "invited", name=name, email=email, role=role, state="queued"
        )
        Change._trigger_invitations()
        return change

    def _reseller_set_role(self, person, role):
        """Make a colleague a user or a supervisor.

        :param person: res.partner of the same company
        :param str role: ``user`` or ``supervisor``
        :raises UserError: for oneself and for others than colleagues
        """
        self._check_may_manage_people()
        self._check_reseller_colleague(person)
        before = person._get_portal_role()
        if before == role:
            return
        person.sudo()._set_portal_role(role)
        self._log_people_change(
            "role", partner_id=person.id, role=role, role_before=before
        )._tell_team()

    def _reseller_remove_person(self, person, colleague=None):
        """Take a colleague's access away; the leads go to another one, or to no one.

        :param person: res.partner of the same company
        :param colleague: res.partner who takes the leads over; none leaves them free
        :raises UserError: for oneself and for others than colleagues
        """
        self._check_may_manage_people()
        self._check_reseller_colleague(person)
        if colleague:
            self._reseller_hand_over_all(person, colleague)
        before = person._get_portal_role()
        person.sudo()._set_portal_role("none")
        self._log_people_change(
            "removed", partner_id=person.id, role_before=before
        )._tell_team()

    def _log_people_change(self, kind, **vals):
        """Keep what was changed.

        :param str kind: one of ``KINDS``
        :param vals: further values of the row
        :return: crm.reseller.people.change, elevated
        """
        person = self.sudo().browse(vals.get("partner_id") or [])
        return (
            self.env["crm.reseller.people.change"]
            .sudo()
            .create(
                {
                    "kind": kind,
                    "reseller_id": self.id,
                    "company_id": self._get_reseller_company().id,
                    "author_id": self.env.user.partner_id.id,
                    "name": person.name,
                    "email": person.email,
                    **vals,
                }
            )
        )

    def _reseller_hand_over_all(self, person, colleague):
        """Put a colleague in charge of all leads of a person. For supervisors.

        :param person: res.partner of the same company
        :param colleague: res.partner who takes over
        :return: number of leads
        :raises UserError: for others than colleagues
        """
        self._check_reseller_supervisor()
        colleagues = self.env.user._get_reseller_colleagues_sudo()
        if person not in colleagues or colleague not in colleagues - person:
            raise UserError(_("Choose one of your colleagues."))
        leads = (
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    *self.env.user._get_reseller_lead_domain(),
                    ("reseller_contact_id", "=", person.id),
                ]
            )
        )
        if leads:
            leads._reseller_hand_over_many(colleague)
        return len(leads)

    # ------------------------------------------------------------
    # THE TEAM
    # ------------------------------------------------------------

    def _get_reseller_channel_manager(self):
        """Who in the team looks after this reseller.

        :return: one active internal user
        """
        self.ensure_one()
        Lead = self.env["crm.lead"].sudo()
        return Lead.new(
            {
                "reseller_id": self.id,
                "reseller_direction_id": self.sudo().reseller_direction_id.id,
            }
        )._get_channel_manager()

    def _schedule_reseller_activity(self, xmlid, user, text):
        """Ask the team to look at something of this reseller; one activity for all.

        :param str xmlid: of a mail.activity.type
        :param user: res.users who is asked
        :param str text: plain text, added to what the open activity says
        """
        self.ensure_one()
        activity_type = self.env.ref(xmlid, raise_if_not_found=False)
        if not activity_type:
            return
        reseller = self.sudo()
        line = Markup("<p>%s</p>") % text
        waiting = reseller.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )[:1]
        if waiting:
            waiting.note = (waiting.note or Markup()) + line
            return
        reseller.activity_schedule(xmlid, user_id=user.id, note=line)

    def _get_reseller_roles_sudo(self):
        """The people of this company who can sign in, with their roles.

        :return: dict from res.partner, elevated, to ``user`` or ``supervisor``
        """
        self.ensure_one()
        colleagues = self.env.user._get_reseller_colleagues_sudo()
        group_id = self.env["ir.model.data"].sudo()._xmlid_to_res_id(SUPERVISOR_GROUP)
        supervisors = (
            self.env["res.users"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", colleagues.ids),
                    (get_all_groups_field(self.env.user), "in", [group_id]),
                ],
                ["partner_id"],
            )
            .partner_id
        )
        return {
            person: "supervisor" if person in supervisors else "user"
            for person in colleagues
        }

    def _get_reseller_words(self):
        """The names of type, home and territory of this company in one statement.

        :return: tuple of the names of type, state and country, each None when empty,
            and the lists of the names of the countries and states served
        """
        self.ensure_one()
        self.flush_recordset(
            [
                "reseller_type_id",
                "state_id",
                "country_id",
                "reseller_country_ids",
                "reseller_state_ids",
            ]
        )
        kind, home_state, home, state, country = (
            self.env[model]._field_to_sql(alias, "name")
            for model, alias in (
                ("crm.reseller.type", "kind"),
                ("res.country.state", "home_state"),
                ("res.country", "home"),
                ("res.country.state", "state"),
                ("res.country", "country"),
            )
        )
        self.env.cr.execute(
            SQL(
                """
                SELECT %s, %s, %s,
                       ARRAY(SELECT %s
                               FROM res_partner_reseller_country_rel AS rel
                               JOIN res_country AS country
                                 ON country.id = rel.country_id
                              WHERE rel.partner_id = firm.id ORDER BY 1),
                       ARRAY(SELECT %s
                               FROM res_partner_reseller_state_rel AS rel
                               JOIN res_country_state AS state
                                 ON state.id = rel.state_id
                              WHERE rel.partner_id = firm.id ORDER BY 1)
                  FROM res_partner AS firm
             LEFT JOIN crm_reseller_type AS kind ON kind.id = firm.reseller_type_id
             LEFT JOIN res_country_state AS home_state
                    ON home_state.id = firm.state_id
             LEFT JOIN res_country AS home ON home.id = firm.country_id
                 WHERE firm.id = %s
                """,
                kind,
                home_state,
                home,
                country,
                state,
                self.id,
            )
        )
        return self.env.cr.fetchone()

    def _get_handed_over_subject(self, count):
        """The subject of the mail to who takes leads over.

        :param int count: how many leads
        :return: text in the language of the context
        """
        return _("%(count)s leads and opportunities are yours now", count=count)

    def _get_handed_over_body(self, author, count):
        """The mail to who takes leads over.

        :param author: res.partner who handed them over
        :param int count: how many leads
        :return: Markup in the language of the context
        """
        text = _(
            "%(author)s handed %(count)s leads and opportunities over to you.",
            author=author.name,
            count=count,
        )
        link = Markup('<a href="%s">%s</a>') % (
            f"{self.get_base_url()}/my/opportunities",
            _("Open the portal"),
        )
        return Markup("<p>%s</p><p>%s</p>") % (text, link)
