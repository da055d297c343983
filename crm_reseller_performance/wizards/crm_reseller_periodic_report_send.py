from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.crm_reseller_periodic_report import CRON

# more are sent by the scheduled action
AT_ONCE = 10
LINES = 200


class CrmResellerPeriodicReportSend(models.TransientModel):
    """Asks the period, shows who gets which figures, and sends them."""

    _name = "crm.reseller.periodic.report.send"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Send Figures to Resellers"

    reseller_ids = fields.Many2many(
        "res.partner",
        string="Resellers",
        default=lambda self: self._get_default_resellers(),
        domain=[("reseller_level_id", "!=", False)],
    )
    period = fields.Selection(
        [
            ("quarter", "Last Quarter"),
            ("month", "Last Month"),
            ("custom", "Other Days"),
        ],
        default="quarter",
        required=True,
    )
    date_from = fields.Date(
        string="First Day",
        compute="_compute_days",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_to = fields.Date(
        string="Last Day",
        compute="_compute_days",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    send_to = fields.Selection(
        selection=lambda self: self.env["res.company"]._get_figures_choices(),
        string="Who Gets the Figures",
        default=lambda self: self.env.company.reseller_figures_to,
        required=True,
    )
    reader_count = fields.Integer(string="Readers", compute="_compute_preview")
    preview = fields.Html(string="Who Gets It", compute="_compute_preview")
    no_pdf = fields.Boolean(compute="_compute_no_pdf")
    is_filtered = fields.Boolean(
        readonly=True, help="Opened from figures of some of the leads only."
    )

    @api.model
    def _get_default_resellers(self):
        """The resellers of the list or form this was opened from.

        :return: res.partner
        """
        model = self.env.context.get("active_model")
        ids = self.env.context.get("active_ids") or []
        if model == "crm.reseller.periodic.report":
            return self.env[model].browse(ids).reseller_id
        if model != "res.partner":
            return self.env["res.partner"]
        partners = self.env["res.partner"].browse(ids)
        return partners.commercial_partner_id.filtered("reseller_level_id")

    @api.depends("period")
    def _compute_days(self):
        today = fields.Date.context_today(self)
        Company = self.env["res.company"]
        for wizard in self:
            if wizard.period != "custom" or not wizard.date_from:
                kind = "quarter" if wizard.period == "custom" else wizard.period
                period = Company._get_past_period(kind, today)
                wizard.date_from, wizard.date_to = period

    @api.depends("period")
    def _compute_no_pdf(self):
        can = self.env["crm.reseller.periodic.report"]._can_make_pdf()
        for wizard in self:
            wizard.no_pdf = not can

    @api.depends("reseller_ids", "send_to", "date_from", "date_to")
    def _compute_preview(self):
        if not self.env["res.partner"]._is_reseller_program_manager():
            self.reader_count, self.preview = 0, False
            return
        languages = dict(self.env["res.lang"].get_installed())
        for wizard in self:
            resellers = wizard.reseller_ids._origin.sudo()
            readers = resellers._get_figures_readers(wizard.send_to)
            wizard.reader_count = sum(map(len, readers.values()))
            before = wizard._find_sent(resellers)
            rows = []
            for reseller in resellers[:LINES]:
                people = readers.get(reseller, ())
                each = _("%(name)s (%(language)s)")
                names = [
                    each
                    % {
                        "name": person.name,
                        "language": languages.get(person.lang, person.lang or ""),
                    }
                    for person in people
                ]
                text = ", ".join(names) or _("no one: no person wants or can get it")
                if reseller in before:
                    text += _("; these figures were sent before")
                rows.append(
                    Markup("<tr><td>%s</td><td>%s</td></tr>") % (reseller.name, text)
                )
            more = len(resellers) - LINES
            if more > 0:
                rows.append(
                    Markup("<tr><td colspan='2'>%s</td></tr>")
                    % _("and %(count)s more resellers", count=more)
                )
            wizard.preview = (
                Markup(
                    "<table class='table table-sm'><thead><tr><th>%s</th><th>%s</th>"
                    "</tr></thead><tbody>%s</tbody></table>"
                )
                % (_("Reseller"), _("Gets it"), Markup().join(rows))
                if rows
                else False
            )

    def _find_sent(self, resellers):
        """The resellers that got the figures of this period before.

        :param resellers: res.partner
        :return: res.partner
        """
        self.ensure_one()
        if not (self.date_from and self.date_to):
            return resellers.browse()
        return (
            self.env["crm.reseller.periodic.report"]
            .sudo()
            .search(
                [
                    ("reseller_id", "in", resellers.ids),
                    ("date_from", "=", self.date_from),
                    ("date_to", "=", self.date_to),
                ]
            )
            .reseller_id
        )

    def action_send(self):
        """Send the figures; many of them in the background.

        :return: action that shows the reports
        :raises AccessError: for anyone but sales administrators
        :raises UserError: where no one would get them, or the days are wrong
        """
        self.ensure_one()
        if not self.env["res.partner"]._is_reseller_program_manager():
            raise AccessError(_("Only sales administrators can do this."))
        if self.date_from > self.date_to:
            raise UserError(_("The first day is after the last day."))
        if self.date_to >= fields.Date.context_today(self):
            raise UserError(_("The last day must be in the past."))
        resellers = self.reseller_ids.filtered("reseller_level_id").sudo()
        readers = resellers._get_figures_readers(self.send_to)
        if not readers:
            raise UserError(
                _("No one would get a mail: choose resellers that can be reached.")
            )
        Report = self.env["crm.reseller.periodic.report"]
        reports = Report._make_reports(readers, self.date_from, self.date_to)
        if len(reports) <= AT_ONCE:
            reports._send()
        else:
            self.env.ref(CRON).sudo()._trigger()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_performance.crm_reseller_periodic_report_action"
        )
        action["domain"] = [("id", "in", reports.ids)]
        return action
