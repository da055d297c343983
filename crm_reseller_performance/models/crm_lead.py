from datetime import timedelta

from odoo import _, api, fields, models

from .crm_reseller_alert import DUE, IDLE, STALLED

# kinds of work that a customer notices, see ``_on_reseller_work``
WORK = {"note", "document", "figures", "step", "contact", "milestone", "outcome"}


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # PERFORMANCE
    # ------------------------------------------------------------

    @api.model
    def _cron_update_reseller_performance(self):
        """Update the performance factors of the resellers, company by company.

        Scheduled once a day. Companies without *Weight by Performance* are left alone.
        """
        self.env["crm.reseller.score"].sudo()._cron_update_factors()

    def _on_reseller_work(self, kinds):
        result = super()._on_reseller_work(kinds)
        if set(kinds) & WORK:
            self.sudo()._store_first_work()
        return result

    def _store_first_work(self):
        """Remember when the resellers began to work on these leads."""
        self.env["crm.reseller.offer"].search(
            [
                ("lead_id", "in", self.ids),
                ("state", "=", "accepted"),
                ("first_work_on", "=", False),
            ]
        ).filtered(lambda offer: offer._is_current())._store_first_work()

    # ------------------------------------------------------------
    # STALLED LEADS
    # ------------------------------------------------------------

    @api.model
    def _get_team_activity_types(self):
        """Add the activities about leads that need a look to the team's. Hook.

        :return: list of external ids
        """
        return [*super()._get_team_activity_types(), STALLED, IDLE, DUE]

    @api.model
    def _cron_alert_stalled_leads(self, auto_commit=False):
        """Tell the team which leads and resellers need a look.

        Alerts whose reason is gone are removed. What is told, and after how many days,
        are settings of each company.

        :param bool auto_commit: commit after each batch of leads
        """
        self.env["crm.reseller.alert"].sudo()._raise_alerts(auto_commit)

    @api.model
    def _cron_alert_due_offers(self, auto_commit=False):
        """Tell the team which offers are about to expire.

        Scheduled every hour, for some offers have few hours.

        :param bool auto_commit: commit after each batch of leads
        """
        Alert = self.env["crm.reseller.alert"].sudo()
        Alert._raise_alerts(auto_commit, {"due_soon"})

    @api.model
    def _get_stalled_leads(self):
        """Find the accepted leads without progress for as long as their company says.

        Progress is a message or a tracked change by a person, or another stage.

        :return: recordset of ``crm.lead``
        """
        companies = self.env["res.company"].search([("reseller_stalled_days", ">", 0)])
        stalled = self.browse()
        if not companies:
            return stalled
        now = fields.Datetime.now()
        shortest = min(companies.mapped("reseller_stalled_days"))
        limit = now - timedelta(days=shortest)
        quiet = self.search(
            [
                *self._get_reseller_open_domain(),
                ("reseller_state", "=", "accepted"),
                ("reseller_answered_on", "<", limit),
                "|",
                ("date_last_stage_update", "=", False),
                ("date_last_stage_update", "<", limit),
            ],
            order="id",
        )
        by_days = quiet.grouped(
            lambda lead: lead._get_reseller_company().reseller_stalled_days
        )
        for days, leads in by_days.items():
            if days <= 0:
                continue
            since = now - timedelta(days=days)
            leads = leads.filtered(
                lambda lead, since=since: lead.reseller_answered_on < since
                and (lead.date_last_stage_update or since) <= since
            )
            stalled |= leads - leads._touched_since(since)
        return stalled

    def _get_stalled_alert(self):
        """Describe the alert on a lead without progress.

        :return: tuple of the user who gets it, its summary and its date
        """
        self.ensure_one()
        days = self._get_reseller_company().reseller_stalled_days
        return (
            self._get_team_contact(),
            _("Nothing happened for %(days)s days", days=days),
            fields.Date.context_today(self),
        )

    def _touched_since(self, moment):
        """Select the leads that a person wrote on.

        :param datetime moment: naive, in UTC
        :return: those of the leads with a message of a person since then
        """
        if not self:
            return self
        odoobot = self.env.ref("base.partner_root")
        [(touched,)] = (
            self.env["mail.message"]
            .sudo()
            ._read_group(
                [
                    ("model", "=", "crm.lead"),
                    ("res_id", "in", self.ids),
                    ("date", ">=", moment),
                    ("author_id", "!=", False),
                    ("author_id", "!=", odoobot.id),
                ],
                [],
                ["res_id:array_agg"],
            )
        )
        return self.browse(set(touched or ()))
