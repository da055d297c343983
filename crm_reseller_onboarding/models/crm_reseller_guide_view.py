from odoo import api, fields, models


class CrmResellerGuideView(models.Model):
    """That a person has seen a guide, or skipped it."""

    _name = "crm.reseller.guide.view"
    _description = "Guide Seen by a Person"
    _order = "seen_on desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    guide_id = fields.Many2one(
        "crm.reseller.guide",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="guide_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    skipped = fields.Boolean(readonly=True)
    seen_on = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)

    _sql_constraints = [
        (
            "guide_person",
            "UNIQUE (guide_id, partner_id)",
            "A person is asked about a guide once.",
        )
    ]

    @api.model
    def _add(self, guides, person, skipped):
        """Note that a person has seen guides; the same click twice counts once.

        :param guides: crm.reseller.guide
        :param person: res.partner
        :param bool skipped: whether they were skipped
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO crm_reseller_guide_view
                        (guide_id, company_id, partner_id, skipped, seen_on)
                 SELECT guide.id, guide.company_id, %s, %s, %s
                   FROM crm_reseller_guide AS guide
                  WHERE guide.id = ANY(%s)
            ON CONFLICT (guide_id, partner_id) DO NOTHING
            """,
            [person.id, bool(skipped), fields.Datetime.now(), guides.ids],
        )
        self.invalidate_model()
        guides.invalidate_recordset(["view_ids", "seen_count"])
