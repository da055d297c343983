from odoo import api, fields, models
from odoo.tools import SQL


class CrmResellerResourceUse(models.Model):
    """That a reseller used a resource in a deal, once for each deal."""

    _name = "crm.reseller.resource.use"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Resource Used in a Deal"
    _order = "used_on desc, id desc"
    _rec_name = "resource_id"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    resource_id = fields.Many2one(
        "crm.reseller.resource",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    version_id = fields.Many2one(
        "crm.reseller.resource.version", readonly=True, ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Person", readonly=True, ondelete="set null"
    )
    used_on = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    is_won = fields.Boolean(string="Won", compute="_compute_is_won")

    _sql_constraints = [
        (
            "lead_resource",
            "UNIQUE (lead_id, resource_id)",
            "A resource is recorded once for each deal.",
        )
    ]

    @api.depends("lead_id.active", "lead_id.stage_id.is_won")
    def _compute_is_won(self):
        for use in self.sudo():
            use.is_won = use.lead_id.active and use.lead_id.stage_id.is_won

    @api.model
    def _record(self, lead, version, person):
        """Record that a version was used in an open deal; the first time counts.

        :param lead: crm.lead
        :param version: crm.reseller.resource.version
        :param person: res.partner who says so
        """
        # of two clicks at the same moment, one waits here and changes nothing
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_reseller_resource_use
                       (lead_id, resource_id, version_id, partner_id, used_on,
                        create_uid, create_date, write_uid, write_date)
                VALUES (%(lead)s, %(resource)s, %(version)s, %(person)s, %(now)s,
                        %(user)s, %(now)s, %(user)s, %(now)s)
                    ON CONFLICT (lead_id, resource_id) DO NOTHING
                """,
                lead=lead.id,
                resource=version.resource_id.id,
                version=version.id,
                person=person.id,
                now=fields.Datetime.now(),
                user=self.env.uid,
            )
        )
        lead.invalidate_recordset(["reseller_resource_use_ids"])
        version.resource_id.invalidate_recordset(["use_ids"])
