from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# what is counted
COUNTERS = ("sign_ins", "pages", "updates", "downloads", "mail_answers")
# counters older than this are deleted
KEPT_DAYS = 730


class CrmResellerUsage(models.Model):
    """How much a person of a reseller uses the portal, day by day.

    Numbers only: which pages or records were opened is kept nowhere.
    """

    _name = "crm.reseller.usage"
    _description = "Use of the Reseller Portal"
    _order = "day desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, readonly=True, ondelete="cascade"
    )
    reseller_id = fields.Many2one(
        "res.partner",
        string="Reseller",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    day = fields.Date(required=True, readonly=True, index=True)
    sign_ins = fields.Integer(string="Sign-ins", readonly=True)
    pages = fields.Integer(
        readonly=True, help="Pages of the portal that were opened; which is not kept."
    )
    updates = fields.Integer(
        readonly=True, help="Answers, notes, figures and other forms that were sent."
    )
    downloads = fields.Integer(readonly=True, help="Documents that were opened.")
    mail_answers = fields.Integer(
        string="Answers by Mail",
        readonly=True,
        help="Offers that were answered from the mail, without signing in.",
    )

    _sql_constraints = [
        (
            "person_day",
            "UNIQUE (partner_id, day)",
            "There is one line for each person and day.",
        )
    ]

    @api.model
    def _add(self, kind, partner_id, reseller_id, company_id, day):
        """Count one use.

        :param str kind: one of ``COUNTERS``
        :param int partner_id: the person
        :param int reseller_id: the company the person works for
        :param int company_id: the company whose portal it is
        :param date day: of the person's own zone
        """
        if kind not in COUNTERS:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_reseller_usage AS usage
                       (partner_id, reseller_id, company_id, day, %(kind)s)
                VALUES (%(partner)s, %(reseller)s, %(company)s, %(day)s, 1)
                    ON CONFLICT (partner_id, day) DO UPDATE
                   SET %(kind)s = COALESCE(usage.%(kind)s, 0) + 1
                """,
                kind=SQL.identifier(kind),
                partner=partner_id,
                reseller=reseller_id,
                company=company_id,
                day=day,
            )
        )
        self.invalidate_model([kind], flush=False)

    @api.model
    def _prepare_counter(self, kind, person, company):
        """What ``_add`` is told of one use of a person.

        :param str kind: one of ``COUNTERS``
        :param person: res.partner, elevated
        :param company: res.company, whose portal it is
        :return: dict of the arguments of ``_add``; empty where nothing is counted
        """
        reseller = person.commercial_partner_id
        if not company.sudo().reseller_count_usage or not reseller.reseller_level_id:
            return {}
        here = self.with_context(tz=person.tz or self.env.context.get("tz"))
        return {
            "kind": kind,
            "partner_id": person.id,
            "reseller_id": reseller.id,
            "company_id": company.id,
            "day": fields.Date.context_today(here),
        }

    @api.autovacuum
    def _gc_old_usage(self):
        """Delete counters of long ago."""
        limit = fields.Date.today() - timedelta(days=KEPT_DAYS)
        self.sudo().search([("day", "<", limit)]).unlink()
