from odoo import api, fields, models
from odoo.tools import SQL

COUNTERS = ("downloads", "views")


class CrmResellerResourceUsage(models.Model):
    """How often a person fetched a version, day by day: counters, no log.

    It says who has to be notified when the version is replaced or withdrawn.
    """

    _name = "crm.reseller.resource.usage"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Use of a Resource"
    _order = "day desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    resource_id = fields.Many2one(
        "crm.reseller.resource",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    version_id = fields.Many2one(
        "crm.reseller.resource.version",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    reseller_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Reseller"
    )
    day = fields.Date(required=True, readonly=True, index=True)
    downloads = fields.Integer(
        readonly=True, help="Files that were fetched, and links that were followed."
    )
    views = fields.Integer(readonly=True, help="Pages with a text that were opened.")

    _sql_constraints = [
        (
            "version_person_day",
            "UNIQUE (version_id, partner_id, day)",
            "There is one line for each version, person and day.",
        )
    ]

    @api.model
    def _add(self, kind, resource_id, version_id, partner_id, day):
        """Count one use.

        :param str kind: one of ``COUNTERS``
        :param int resource_id: the resource
        :param int version_id: the version that was fetched
        :param int partner_id: the person
        :param date day: the reader's day
        """
        if kind not in COUNTERS:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_reseller_resource_usage AS usage
                       (resource_id, version_id, partner_id, day, %(kind)s)
                VALUES (%(resource)s, %(version)s, %(partner)s, %(day)s, 1)
                    ON CONFLICT (version_id, partner_id, day) DO UPDATE
                   SET %(kind)s = COALESCE(usage.%(kind)s, 0) + 1
                """,
                kind=SQL.identifier(kind),
                resource=resource_id,
                version=version_id,
                partner=partner_id,
                day=day,
            )
        )
        self.invalidate_model([kind], flush=False)
