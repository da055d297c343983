from odoo import _, api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..const import NAMED_LEADS
from ..lib.handout import hand_out


class CrmLead(models.Model):
    """The pool of leads that nobody owns, and how one gets out of it."""

    _inherit = "crm.lead"

    def action_claim(self):
        """Make the current user the owner of those of these leads that are free.

        The rows are locked first: of two agents who click at once, the second waits,
        and then reads who was faster. Claiming one's own lead again changes nothing.

        :return: true, or the action that shows which of several leads were not free
        :raises UserError: when none of the leads is free
        """
        self.browse()._require_access("write")
        self._lock_for_claim()
        taken = self.sudo().filtered(
            lambda lead: lead.user_id and lead.user_id != self.env.user
        )
        left = self - taken.sudo(False)
        left._require_access("write")
        closed = left.filtered(lambda lead: lead.pipeline_status != "open")
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
        claimed.filtered(lambda lead: not lead.user_id).write({"user_id": self.env.uid})
        if not reasons:
            return True
        return self._get_notice_action(
            _(
                "%(count)s of %(total)s leads are yours",
                count=len(claimed),
                total=len(self),
            ),
            "\n".join(reasons),
        )

    def action_release(self):
        """Give these leads back to the pool.

        :raises UserError: when one of them is closed, or neither the user's own nor is
            the user a sales manager
        """
        self._require_access("write")
        closed = self.filtered(lambda lead: lead.pipeline_status != "open")
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
            raise UserError(_("Only the owner, or a sales manager, releases a lead."))
        self.write({"user_id": False})
        return True

    @api.model
    def _get_notice_action(self, title, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": title,
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _get_taken_message(self, lead):
        """Who has a lead; of one in another company, nothing.

        The lead's name is told too: until it was claimed, everybody could read it.
        """
        if lead.company_id and lead.company_id not in self.env.companies:
            raise AccessError(_("This lead belongs to another company."))
        return _(
            '"%(lead)s" has already been claimed by %(user)s.',
            lead=lead.display_name,
            user=lead.user_id.name,
        )

    def _lock_for_claim(self):
        self.flush_recordset(["user_id"])
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_lead WHERE id IN %s FOR UPDATE",
                tuple(self.ids or [0]),
            )
        )
        self.invalidate_recordset(["user_id"])

    # ------------------------------------------------------------------
    # Hand out
    # ------------------------------------------------------------------

    @api.model
    def _cron_hand_out_unclaimed_leads(self, limit=1000):
        """Give the pool's leads, oldest first, to the least loaded team members.

        Members who opted out of automatic assignment get none. Leads that another
        transaction holds, say an agent who is claiming one, are left alone.

        :return: how many leads found an owner
        """
        pool = self._lock_pool(limit)
        by_team = {}
        for lead in pool:
            by_team.setdefault(lead.team_id, []).append(lead.id)
        loads = self._get_loads(pool.team_id)
        handed_out = 0
        for team, lead_ids in by_team.items():
            members = team.crm_team_member_ids.filtered(
                lambda member: not member.assignment_optout and member.user_id.active
            )
            team_loads = {user.id: loads.get(user.id, 0) for user in members.user_id}
            for user_id, share in hand_out(lead_ids, team_loads).items():
                self.browse(share).write({"user_id": user_id})
                loads[user_id] = loads.get(user_id, 0) + len(share)
                handed_out += len(share)
        return handed_out

    @api.model
    def _lock_pool(self, limit):
        """Open leads of some team that nobody owns, for us alone."""
        domain = [
            ("user_id", "=", False),
            ("team_id", "!=", False),
            ("stage_id.is_won", "=", False),
            ("stage_id.is_lost", "=", False),
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
    def _get_loads(self, teams):
        """Open leads per user, for all the members of these teams."""
        groups = self._read_group(
            [
                ("user_id", "in", teams.crm_team_member_ids.user_id.ids),
                ("stage_id.is_won", "=", False),
                ("stage_id.is_lost", "=", False),
            ],
            ["user_id"],
            ["__count"],
        )
        return {user.id: count for user, count in groups}
