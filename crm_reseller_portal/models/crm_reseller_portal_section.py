from odoo import api, fields, models


class CrmResellerPortalSection(models.Model):
    """A section of a direction's portal: what it shows, to whom, in which order."""

    _name = "crm.reseller.portal.section"
    _inherit = [
        "crm.reseller.guard.mixin",
        "crm.reseller.audience",
        "crm.reseller.direction.mixin",
    ]
    _description = "Section of a Partner Portal"
    _order = "portal_id, sequence, id"
    _rec_name = "key"

    portal_id = fields.Many2one(
        "crm.reseller.portal", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    # other addons add the keys of their own sections of the portal: those of
    # _get_reseller_tabs
    key = fields.Selection(
        [("reseller_leads", "Leads"), ("reseller_opportunities", "Opportunities")],
        string="Section",
        required=True,
    )

    _sql_constraints = [
        (
            "key_unique",
            "UNIQUE(portal_id, key)",
            "A portal shows each section once.",
        )
    ]

    @api.model
    def _get_keys(self):
        """The keys of all sections that portals decide about.

        :return: list of text, in the order of the general portal
        """
        selection = self._fields["key"]._description_selection(self.env)
        return [key for key, _label in selection]
