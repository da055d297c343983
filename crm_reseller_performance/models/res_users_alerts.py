from odoo import _, models

from odoo.addons.crm_reseller_portal.models.res_users_digest import LINES

# alerts about the reseller itself that its people should hear of, too
RESELLER_KINDS = ("quiet", "silent", "slower")


class ResUsers(models.Model):
    """Alerts in the digests: each alert goes to a person once, unless it comes back."""

    _inherit = "res.users"

    def _get_reseller_digest_sections(self, formats, limit=LINES):
        sections = super()._get_reseller_digest_sections(formats, limit)
        if not self._is_digest_mail():
            # the start page shows the figures themselves one tap away
            return sections
        section = self._get_reseller_alerts_section(formats, limit)
        return [*sections, section] if section["lines"] else sections

    def _get_channel_digest_sections(self, formats, limit=LINES):
        sections = super()._get_channel_digest_sections(formats, limit)
        section = self._get_channel_alerts_section(formats, limit)
        return [*sections, section] if section["lines"] else sections

    def _is_digest_mail(self):
        """Whether what waits is read for the mail of a digest.

        :return: bool
        """
        return bool(self.env.context.get("reseller_digest_mail"))

    def _find_digest_alerts(self):
        """The open alerts that concern a person; snoozed ones wait.

        A mail leaves out those that an earlier one told.

        :return: crm.reseller.alert, elevated, the newest first
        """
        self.ensure_one()
        Alert = self.env["crm.reseller.alert"].sudo()
        domain = [("state", "=", "open")]
        if self._is_digest_mail():
            domain += [("told_partner_ids", "not in", self.partner_id.ids)]
        if self.share:
            reseller = self._get_reseller_sudo()
            # figures of the whole company are its supervisors' business
            if not reseller or not self._is_reseller_supervisor():
                return Alert
            domain += [
                ("reseller_id", "=", reseller.id),
                ("kind", "in", RESELLER_KINDS),
            ]
            return Alert.search(domain, limit=None)
        scope = self._get_channel_domain()
        if scope is None:
            return Alert
        companies = (
            self.sudo()
            .env["res.company"]
            .search([("reseller_channel_manager_id", "=", self.id)])
        )
        leads = self.env["crm.lead"].sudo()._search(scope)
        domain += [
            "|",
            "|",
            ("lead_id", "in", leads),
            ("reseller_id.reseller_direction_id.user_id", "=", self.id),
            "&",
            ("lead_id", "=", False),
            ("company_id", "in", [*companies.ids, False] if companies else []),
        ]
        # within the manager's own rights
        own = Alert.with_user(self).with_context(
            allowed_company_ids=self.sudo().company_ids.ids
        )
        return own.search(domain, limit=None).sudo()

    def _get_reseller_alerts_section(self, formats, limit):
        """What the team noticed about the person's company.

        :param formats: ``PageFormats`` of the person
        :param int limit: the most lines
        :return: dict, see ``_get_reseller_digest_sections``
        """
        alerts = self._find_digest_alerts()
        words = {
            "silent": (
                _("Several open leads have been without a word for long"),
                "/my/performance/silent/90",
            ),
            "quiet": (_("The last offers were not answered"), "/my/leads"),
            "slower": (_("Answers take longer than before"), "/my/performance"),
        }
        since = _("since %(day)s")
        return self._prepare_digest_section(
            "alerts",
            _("What your figures say"),
            [
                {
                    "title": words[alert.kind][0],
                    "url": words[alert.kind][1],
                    "detail": since % {"day": formats.day(alert.raised_on.date())},
                }
                for alert in alerts[:limit]
            ],
            url="/my/performance",
            sequence=50,
            icon="fa-bar-chart",
            total=len(alerts),
            more=_("Show all figures"),
            colour="warning",
        )

    def _get_channel_alerts_section(self, formats, limit):
        """The alerts of the leads and resellers a manager looks after.

        :param formats: ``PageFormats`` of the manager
        :param int limit: the most lines
        :return: dict, see ``_get_channel_digest_sections``
        """
        alerts = self._find_digest_alerts()
        return self._prepare_digest_section(
            "alerts",
            _("Alerts: %(count)s", count=len(alerts)),
            [
                {
                    "title": alert._get_record().display_name,
                    "url": f"/mail/view?model={alert._get_record()._name}"
                    f"&res_id={alert._get_record().id}",
                    "detail": alert.summary or "",
                }
                for alert in alerts[:limit]
            ],
            url="/web#action=crm_reseller_performance.crm_reseller_alert_action",
            sequence=5,
            icon="fa-bell",
            total=len(alerts),
            more=_("Show the alerts"),
            colour="warning",
        )
