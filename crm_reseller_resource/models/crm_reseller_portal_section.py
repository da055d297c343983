from odoo import api, fields, models

from .res_users import SECTION


class CrmResellerPortalSection(models.Model):
    _inherit = "crm.reseller.portal.section"

    key = fields.Selection(
        selection_add=[(SECTION, "Resources")], ondelete={SECTION: "cascade"}
    )

    @api.model
    def _add_resources(self):
        """Show the resources on all portals there are, on installation."""
        portals = (
            self.env["crm.reseller.portal"]
            .with_context(active_test=False)
            .search([], limit=None)
        )
        self.create(
            [
                {
                    "portal_id": portal.id,
                    "key": SECTION,
                    "sequence": max(portal.section_ids.mapped("sequence"), default=0)
                    + 10,
                }
                for portal in portals
                if SECTION not in portal.section_ids.mapped("key")
            ]
        )
