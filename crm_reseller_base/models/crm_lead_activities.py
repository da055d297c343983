from odoo import _, api, fields, models

from ..compat import users_with_group

ATTENTION = "crm_reseller_base.mail_activity_type_attention"
ANSWER_DUE = "crm_reseller_base.mail_activity_type_answer_due"

# more activities than this wait for the cron
INLINE_ACTIVITIES = 20


class CrmLead(models.Model):
    """What people inside are asked to do about the resellers' leads."""

    _inherit = "crm.lead"

    @api.model
    def _get_team_activity_types(self):
        """The types of activity that only the program itself creates. Hook.

        :return: list of XML ids of ``mail.activity.type``
        """
        return [ATTENTION, ANSWER_DUE]

    # ------------------------------------------------------------
    # WHO
    # ------------------------------------------------------------

    def _get_channel_manager(self):
        """Who is asked when a lead finds no reseller. Hook.

        :return: one active internal user who may open the lead, if there is one
        """
        self.ensure_one()
        Users = self.env["res.users"].sudo()
        candidates = (
            self.reseller_direction_id.user_id,
            self._get_reseller_company().reseller_channel_manager_id,
            self.team_id.user_id,
            self.user_id,
            self.env.ref("base.user_admin", raise_if_not_found=False) or Users,
        )
        for user in candidates:
            if self._may_be_asked(user):
                return user
        # those in charge work elsewhere or have left
        group = self.env.ref("sales_team.group_sale_manager")
        for user in users_with_group(Users.env, group):
            if self._may_be_asked(user):
                return user
        return Users.browse(self.env.ref("base.user_root").id)

    def _may_be_asked(self, user):
        """Whether somebody is there, and works in the company of the lead.

        :param user: res.users, one or none
        :return: bool
        """
        company = self.company_id or self.reseller_id.company_id
        user = user.sudo()
        return (
            user.active
            and not user.share
            and (not company or company in user.company_ids)
        )

    def _get_team_contact(self):
        """Who looks after what the reseller does with a lead: its salesperson. Hook.

        :return: one active internal user
        """
        self.ensure_one()
        if self._may_be_asked(self.user_id):
            return self.user_id
        return self._get_channel_manager()

    # ------------------------------------------------------------
    # ANY ACTIVITY
    # ------------------------------------------------------------

    def _get_team_activities(self, xmlid):
        """The open activities of one type.

        :param str xmlid: of a mail.activity.type
        :return: mail.activity, elevated
        """
        activity_type = self.env.ref(xmlid, raise_if_not_found=False)
        Activity = self.env["mail.activity"].sudo()
        if not activity_type or not self.ids:
            return Activity
        return Activity.search(
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", activity_type.id),
            ]
        )

    def _schedule_team_activity(self, xmlid, describe, mail=False):
        """Schedule an activity of a type where there is none yet.

        :param str xmlid: of a mail.activity.type
        :param describe: function from a lead to its user, summary and deadline
        :param bool mail: whether the user gets a mail about each
        """
        if not self.env.ref(xmlid, raise_if_not_found=False):
            return
        asked = self._get_team_activities(xmlid).mapped("res_id")
        leads_by_key = {}
        for lead in self.sudo():
            if lead.id not in asked:
                key = describe(lead)
                leads_by_key[key] = leads_by_key.get(key, self.browse()) | lead
        quick = {"mail_activity_quick_update": not mail}
        for (user, summary, deadline), leads in leads_by_key.items():
            leads.with_context(**quick).activity_schedule(
                xmlid, user_id=user.id, summary=summary, date_deadline=deadline
            )

    # ------------------------------------------------------------
    # NO RESELLER WAS FOUND
    # ------------------------------------------------------------

    def _ask_channel_manager(self, inline=True):
        """Schedule one activity per problem; many wait for the cron.

        A channel manager who marks it as done is not asked again, unless something else
        goes wrong.

        :param bool inline: now, where they are few
        """
        if not self:
            return
        if not inline or len(self) > INLINE_ACTIVITIES:
            self._trigger_notices()
            return
        unasked = self.sudo().filtered(
            lambda lead: lead.reseller_assign_issue and not lead.reseller_escalated_on
        )
        problems = dict(
            self._fields["reseller_assign_issue"]._description_selection(self.env)
        )
        unasked._schedule_team_activity(
            ATTENTION,
            lambda lead: (
                lead._get_channel_manager(),
                problems[lead.reseller_assign_issue],
                fields.Date.context_today(lead),
            ),
            mail=True,
        )
        if unasked:
            unasked._write_offer_vals({"reseller_escalated_on": fields.Datetime.now()})

    def _close_attention_activities(self):
        activities = self._get_team_activities(ATTENTION)
        if activities:
            activities.action_feedback(feedback=_("A reseller was found."))

    # ------------------------------------------------------------
    # AN ANSWER IS DUE SOON
    # ------------------------------------------------------------

    def _ask_to_call_resellers(self):
        """Let the salespeople know whose answer is missing shortly before it is due.

        The activity goes when the offer is closed, with any answer.
        """

        def describe(lead):
            """The activity for a lead.

            :param lead: crm.lead
            :return: tuple of res.users, summary and due date
            """
            user = lead._get_team_contact()
            due = fields.Datetime.context_timestamp(
                lead.with_context(tz=user.tz), lead.reseller_due_on
            )
            return user, _("The reseller has not answered yet"), due.date()

        self.sudo().filtered("reseller_due_on")._schedule_team_activity(
            ANSWER_DUE, describe
        )

    def _forget_due_answers(self):
        self._get_team_activities(ANSWER_DUE).unlink()
