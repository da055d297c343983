from odoo import api, fields, models


class CrmResellerGuideView(models.Model):
    """That a person has seen a guide, or skipped it."""

    _name = "crm.reseller.guide.view"
    _inherit = "crm.reseller.seen.mixin"
    _description = "Guide Seen by a Person"
    _order = "seen_on desc, id desc"
    _log_access = False

    guide_id = fields.Many2one(
        "crm.reseller.guide",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="guide_id.company_id", store=True)
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
        vals = {"skipped": bool(skipped), "seen_on": fields.Datetime.now()}
        self._add_seen("guide_id", guides, person, vals)
