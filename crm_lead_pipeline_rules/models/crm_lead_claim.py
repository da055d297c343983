import logging

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..compat import is_before_18
from ..const import NAMED_LEADS
from ..lib.handout import hand_out

_logger = logging.getLogger(__name__)


class CrmLead(models.Model):
    """The pool of leads without a salesperson, and how a lead leaves it."""

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # CLAIMING
    # ------------------------------------------------------------

    def action_claim(self):
        """Make the current user the salesperson of those of these leads that are free.

        A claimed lead is an opportunity, so that it is in My Pipeline at once. The rows
        are locked first: of two agents who click at once, the second waits, and then
        reads who was faster. Claiming one's own lead again changes nothing. A lead
        whose salesperson has left is free.

        :return: true where nothing changed, else the action that says which leads were
            claimed, with a link, and which were not free
        :raises UserError: when none of the leads is free
        :raises AccessError: when the user may not work on leads
        """
        self.browse()._require_access("write")
        self._lock_for_claim()
        taken = self.sudo().filtered(
            lambda lead: lead.user_id.active and lead.user_id != self.env.user
        )
        left = self - taken.sudo(False)
        left._require_access("write")
        closed = left.filtered(lambda lead: not lead._is_pipeline_open())
        reasons = [self._get_taken_message(lead) for lead in taken[:NAMED_LEADS]]
        if len(taken) > NAMED_LEADS:
            reasons.append(_("And %(count)s more.", count=len(taken) - NAMED_LEADS))
        if closed:
            reasons.append(
                _(
                    "Only open leads can be claimed, and these are closed: %(leads)s",
                    leads=closed._get_some_names(),
                )
            )
        claimed = left - closed
        if reasons and not claimed:
            raise UserError("\n".join(reasons))
        new = claimed.filtered(lambda lead: lead.user_id != self.env.user)
        new._give_to(self.env.user)
        converted = claimed._become_opportunities()
        if reasons:
            title = _(
                "%(count)s of %(total)s leads are yours",
                count=len(claimed),
                total=len(self),
            )
            return self._get_notice_action(title, "\n".join(reasons))
        if not (new or converted):
            return True
        return claimed._get_claimed_action()

    def action_release(self):
        """Give these leads back to the pool.

        :return: true
        :raises UserError: when one of them is closed, or neither the user's own nor is
            the user a sales manager
        :raises AccessError: when the user may not change one of them
        """
        self._require_access("write")
        closed = self.filtered(lambda lead: not lead._is_pipeline_open())
        if closed:
            raise UserError(
                _(
                    "Only open leads go back to the pool, and these are closed: "
                    "%(leads)s",
                    leads=closed._get_some_names(),
                )
            )
        owners = self.user_id - self.env.user
        if owners and not self.env.user.has_group("sales_team.group_sale_manager"):
            raise UserError(_("Only the owner or a sales manager can release a lead."))
        self.write({"user_id": False})
        return True

    def _give_to(self, user):
        """Set the salesperson; the leads' companies stay what they are.

        :param user: a ``res.users``
        """
        for company, leads in self.grouped("company_id").items():
            leads.write({"user_id": user.id, "company_id": company.id})

    def _become_opportunities(self):
        """Convert leads that are none yet; their companies stay what they are.

        :return: those that were converted
        """
        leads = self.filtered(lambda lead: lead.type == "lead")
        for lead in leads:
            vals = lead._convert_opportunity_data(lead.partner_id)
            lead.write({**vals, "company_id": lead.company_id.id})
        return leads

    def _get_claimed_action(self):
        """Say that these leads are the user's, with a link to where they are.

        :return: action
        """
        if len(self) == 1:
            text = _('"%(lead)s" is in your pipeline now.', lead=self.name)
            label, url = _("Open"), self._get_claimed_url()
        else:
            text = _("%(count)s leads are in your pipeline now.", count=len(self))
            label, url = _("My Pipeline"), self._get_claimed_url()
        action = self._get_notice_action(
            _("Lead claimed") if len(self) == 1 else _("Leads claimed"),
            text.replace("%s", "% s") + " %s",
            kind="success",
        )
        action["params"]["links"] = [{"label": label, "url": url}]
        return action

    def _get_claimed_url(self):
        """Where these leads are in the browser.

        :return: address without the host
        """
        if len(self) == 1:
            return f"/mail/view?model={self._name}&res_id={self.id}"
        name = "crm.action_your_pipeline"
        return (
            f"/web#action={name}" if is_before_18(self.env) else f"/odoo/action-{name}"
        )

    @api.model
    def _get_notice_action(self, title, message, kind="warning"):
        """A notification in the corner of the screen.

        :param str title: its title
        :param str message: its text
        :param str kind: ``warning`` (stays until it is closed) or ``success``
        :return: action
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "sticky": kind == "warning",
                "title": title,
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _get_taken_message(self, lead):
        """Who has a lead; of one in another company, nothing.

        The lead's name is shown too: until it was claimed, everyone could read it.

        :param lead: one elevated lead
        :return: a sentence
        :raises AccessError: for a lead of another company
        """
        if lead.company_id and lead.company_id not in self.env.companies:
            raise AccessError(_("This lead belongs to another company."))
        return _(
            '"%(lead)s" has already been claimed by %(user)s.',
            lead=lead.display_name,
            user=lead.user_id.name,
        )

    def _lock_for_claim(self):
        """Hold the rows, and read the salespersons as they are now."""
        self.flush_recordset(["user_id"])
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_lead WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids or [0]),
            ),
            log_exceptions=False,  # the framework repeats the later of two clicks
        )
        self.invalidate_recordset(["user_id"])

    def _get_working_user(self):
        """Who works this lead: its salesperson, if active, else the team's leader.

        :return: recordset of one active user or none
        """
        self.ensure_one()
        lead = self.sudo()
        users = lead.user_id + lead.team_id.user_id
        return users.filtered("active")[:1].sudo(False)

    # ------------------------------------------------------------
    # HAND-OUT
    # ------------------------------------------------------------

    @api.model
    def _cron_hand_out_unclaimed_leads(self, limit=1000):
        """Give the pool's leads, oldest first, to the least loaded team members.

        Members who opted out of automatic assignment, who have left or who are away
        today get none, and none gets a lead of a company that is not theirs. Leads that
        another transaction holds, say an agent who is claiming one, are left alone. One
        that cannot be given is left alone too, and the log says why.

        :param int limit: how many leads at most
        :return: how many leads have a salesperson now
        """
        pool = self._lock_pool(limit)
        by_team = pool.grouped(lambda lead: (lead.team_id, lead.company_id))
        members = {team: team._get_available_users() for team, __ in by_team}
        loads = self._get_loads(self.env["res.users"].union(*members.values()))
        handed_out = 0
        for (team, company), leads in by_team.items():
            team_loads = {
                user.id: loads.get(user.id, 0)
                for user in members[team]
                if not company or company in user.company_ids
            }
            for user_id, share in hand_out(leads.ids, team_loads).items():
                user = self.env["res.users"].browse(user_id)
                count = self.browse(share)._try_to_give(user)
                loads[user_id] = loads.get(user_id, 0) + count
                handed_out += count
        return handed_out

    def _try_to_give(self, user):
        """Give leads to a user; where one cannot be given the others are.

        :param user: a ``res.users``
        :return: how many leads the user has got
        :raises OperationalError: where this transaction has to start again
        """
        try:
            with self.env.cr.savepoint():
                self._give_to(user)
                self.flush_recordset()
        except OperationalError:
            raise  # of two transactions, this one starts again
        except (AccessError, UserError, ValidationError) as error:
            if len(self) == 1:
                _logger.warning("Lead %s cannot be handed out: %s", self.id, error)
                return 0
            return sum(lead._try_to_give(user) for lead in self)
        return len(self)

    @api.model
    def _lock_pool(self, limit):
        """Open leads of some team without a salesperson, locked.

        :param int limit: how many at most
        :return: recordset, oldest first
        """
        domain = [
            ("user_id", "=", False),
            ("team_id", "!=", False),
            *self._get_pipeline_open_domain(),
        ]
        found = self.search(domain, order="create_date, id", limit=limit)
        if not found:
            return found
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM crm_lead
                 WHERE id IN %s AND user_id IS NULL
                   FOR UPDATE SKIP LOCKED
                """,
                tuple(found.ids),
            )
        )
        locked = {lead_id for (lead_id,) in self.env.cr.fetchall()}
        return found.filtered(lambda lead: lead.id in locked)

    @api.model
    def _get_loads(self, users):
        """Open leads per user.

        :param users: recordset of ``res.users``
        :return: dictionary of counts by user id
        """
        groups = self._read_group(
            [("user_id", "in", users.ids), *self._get_pipeline_open_domain()],
            ["user_id"],
            ["__count"],
        )
        return {user.id: count for user, count in groups}

    @api.model
    def _get_absent_users(self, users):
        """Who of these users is away now, as Time Off and working schedules know.

        :param users: recordset of ``res.users``
        :return: recordset of those on leave
        """
        now = fields.Datetime.now()
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id.user_id", "in", users.ids),
                    ("date_from", "<=", now),
                    ("date_to", ">=", now),
                    ("time_type", "=", "leave"),
                ]
            )
        )
        return leaves.resource_id.user_id.sudo(False) & users
