from odoo import api, fields, models


class CrmResellerGuide(models.Model):
    """What people of resellers are shown at their first visit, until they have seen it.

    Who sees it is its audience. A person can skip it, and find it again later.
    """

    _name = "crm.reseller.guide"
    _inherit = ["crm.reseller.guard.mixin", "crm.reseller.audience"]
    _description = "Guide for Resellers"
    _order = "sequence, id"

    name = fields.Char(string="Title", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share it."
    )
    body = fields.Html(
        string="Text", required=True, translate=True, sanitize_attributes=True
    )
    resource_id = fields.Many2one(
        "crm.reseller.resource",
        string="Video",
        ondelete="restrict",
        help="A resource, such as a video, that the guide leads to.",
    )
    view_ids = fields.One2many("crm.reseller.guide.view", "guide_id")
    seen_count = fields.Integer(string="Seen by", compute="_compute_seen_count")

    @api.depends("view_ids")
    def _compute_seen_count(self):
        counts = dict(
            self.env["crm.reseller.guide.view"]
            .sudo()
            ._read_group([("guide_id", "in", self.ids)], ["guide_id"], ["__count"])
        )
        for guide in self:
            guide.seen_count = counts.get(guide._origin, 0)

    def _remember(self, person, skipped):
        """Do not show these guides to a person again by default.

        :param person: res.partner
        :param bool skipped: whether the person did not want to read them
        """
        View = self.env["crm.reseller.guide.view"].sudo()
        known = View.search(
            [("guide_id", "in", self.ids), ("partner_id", "=", person.id)]
        )
        known.filtered(lambda view: view.skipped and not skipped).skipped = False
        View._add(self - known.guide_id, person, skipped)
