from datetime import timedelta
from functools import partial

from odoo import _, api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_reseller_base.compat import get_all_groups_field
from odoo.addons.crm_reseller_portal.models.res_users import USER_GROUP

BATCH = 200
# who got access longer ago is not welcomed any more
WELCOME_DAYS = 7
ADDON = "crm_reseller_onboarding"
CRON = f"{ADDON}.ir_cron_send_onboarding_reminders"
ACTIVITY = f"{ADDON}.mail_activity_type_sign_in"
# what is sent, by the column that remembers it
WELCOME, REMINDER = "reseller_welcomed_on", "reseller_sign_in_reminded_on"
ALERT = "reseller_sign_in_alert_on"
TEMPLATES = {
    WELCOME: f"{ADDON}.mail_template_welcome",
    REMINDER: f"{ADDON}.mail_template_sign_in",
}


class ResPartner(models.Model):
    """The welcome of people who get access, and reminders of the first sign-in."""

    _inherit = "res.partner"

    reseller_access_on = fields.Datetime(
        string="Access to the Portal since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )
    reseller_welcomed_on = fields.Datetime(
        string="Welcomed on", readonly=True, copy=False, groups="base.group_user"
    )
    reseller_sign_in_reminded_on = fields.Datetime(
        string="Reminded of the First Sign-in on",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    reseller_sign_in_alert_on = fields.Datetime(
        string="Team Asked about the First Sign-in on",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )

    def _on_reseller_access(self):
        """These people can use the portal from now on: welcome them soon."""
        fresh = self.sudo().filtered(lambda person: not person.reseller_access_on)
        if not fresh:
            return
        fresh.reseller_access_on = fields.Datetime.now()
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            # who gives the access has no rights on jobs
            cron.sudo()._trigger()

    @api.model
    def _cron_send_onboarding_reminders(self, auto_commit=False):
        """Welcome people, remind those who never signed in, then ask the team.

        Each of the three once for a person, also when two runs meet: who is claimed by
        one is left to it.

        :param bool auto_commit: commit after each batch of people
        """
        companies = self.env["res.company"].sudo().search([], limit=None)
        for company in companies:
            for column, domain in self._get_welcome_steps(company).items():
                self._while_claimed(
                    partial(self._claim_people, column, domain),
                    lambda people, step=(column, company): people._welcome(*step),
                    auto_commit,
                )

    @api.model
    def _get_welcome_steps(self, company):
        """Who is welcomed, reminded, and asked about. Hook.

        :param company: res.company, elevated
        :return: dict from the column that remembers it to a domain on res.partner
        """
        now = fields.Datetime.now()
        data = self.env["ir.model.data"].sudo()
        groups = get_all_groups_field(self.env["res.users"])
        here = [
            (
                "user_ids",
                "any",
                [
                    ("active", "=", True),
                    ("share", "=", True),
                    ("company_id", "=", company.id),
                    (groups, "in", [data._xmlid_to_res_id(USER_GROUP)]),
                ],
            ),
            ("commercial_partner_id.active", "=", True),
            ("commercial_partner_id.reseller_level_id", "!=", False),
        ]
        absent = [*here, ("user_ids", "not any", [("log_ids", "!=", False)])]
        steps = {}
        if company.reseller_welcome_mail:
            since = now - timedelta(days=WELCOME_DAYS)
            steps[WELCOME] = [
                *here,
                ("email", "!=", False),
                ("reseller_access_on", ">", since),
            ]
        days = company.reseller_sign_in_reminder_days
        if days:
            since = now - timedelta(days=days)
            steps[REMINDER] = [
                *absent,
                ("email", "!=", False),
                ("reseller_access_on", "<=", since),
            ]
        days = company.reseller_sign_in_alert_days
        if days:
            since = now - timedelta(days=days)
            steps[ALERT] = [*absent, (REMINDER, "<=", since)]
        return steps

    @api.model
    def _claim_people(self, column, domain):
        """Take people for whom a step is due; nobody else does it for them then.

        :param str column: the column that remembers the step
        :param list domain: who is meant
        :return: res.partner, elevated, empty when no one is left
        """
        Partner = self.sudo()
        due = Partner.search([(column, "=", False), *domain], order="id", limit=BATCH)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner SET %(column)s = %(now)s
                 WHERE id IN (SELECT id FROM res_partner
                               WHERE id = ANY(%(ids)s) AND %(column)s IS NULL
                                 FOR NO KEY UPDATE SKIP LOCKED)
             RETURNING id
                """,
                column=SQL.identifier(column),
                now=fields.Datetime.now(),
                ids=due.ids,
            )
        )
        claimed = Partner.browse([row_id for (row_id,) in self.env.cr.fetchall()])
        claimed.invalidate_recordset([column], flush=False)
        return claimed

    def _welcome(self, column, company):
        """Send the mails of a step, or ask the team.

        :param str column: the column that remembers the step
        :param company: res.company, elevated
        :raises TransactionRollbackError: where the transaction has to start again
        """
        if column == ALERT:
            self._ask_about_sign_in()
            return
        self.with_company(company)._in_bundles(
            self.ids,
            lambda people: people._queue_template_mails(
                TEMPLATES[column], is_internal=True
            ),
            False,
            verb="mailed",
        )

    def _ask_about_sign_in(self):
        """Ask the channel managers to call people who never signed in."""
        for reseller, people in self.grouped("commercial_partner_id").items():
            manager = reseller._get_reseller_channel_manager()
            words = people.with_context(lang=manager.lang or self.env.lang)
            reseller._schedule_reseller_activity(
                ACTIVITY, manager, words._get_sign_in_text()
            )

    def _get_sign_in_text(self):
        """What the channel manager is asked about these people.

        :return: text in the language of the context
        """
        names = ", ".join(self.mapped("name"))
        return _(
            "%(people)s got a welcome and a reminder, and never signed in.",
            people=names,
        )

    def _get_welcome_step_names(self):
        """What the welcome mail asks this person's company to do. Hook.

        :return: list of texts in the language of the context
        """
        self.ensure_one()
        rows = (
            self.env["crm.reseller.onboarding.progress"]
            .sudo()
            .search(
                [
                    ("reseller_id", "=", self.commercial_partner_id.id),
                    ("onboarding_id.state", "=", "open"),
                    ("state", "in", ("pending", "reopened")),
                ]
            )
        )
        return [row.step_id.name for row in rows]
