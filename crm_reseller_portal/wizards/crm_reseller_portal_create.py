import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import remove_accents

from ..models.crm_reseller_portal import LONGEST_PATH


class CrmResellerPortalCreate(models.TransientModel):
    """Asks the path of a direction's portal, creates it, and opens its form."""

    _name = "crm.reseller.portal.create"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Create Partner Portal"

    direction_id = fields.Many2one(
        "crm.reseller.direction", string="Sales Direction", required=True
    )
    path = fields.Char(
        string="Path Name",
        compute="_compute_path",
        store=True,
        readonly=False,
        required=True,
        help="The portal opens at /partner/ followed by this path.",
    )
    copy_from_id = fields.Many2one(
        "crm.reseller.portal",
        string="Copy the Structure From",
        context={"active_test": False},
        help="Takes over the sections of this portal with their audiences and order.",
    )

    @api.depends("direction_id")
    def _compute_path(self):
        for wizard in self:
            if not wizard.path:
                name = remove_accents(wizard.direction_id.name or "").lower()
                slug = re.sub(r"[^a-z0-9]+", "-", name)[:LONGEST_PATH]
                wizard.path = slug.strip("-")

    def action_create(self):
        """Create the portal, inactive, and open its form.

        :return: action
        :raises UserError: where the direction has a portal, or the path is taken
        """
        self.ensure_one()
        Portal = self.env["crm.reseller.portal"].with_context(active_test=False)
        path = (self.path or "").strip().lower()
        if Portal.search_count([("direction_id", "=", self.direction_id.id)]):
            raise UserError(
                _("%(name)s has a portal already.", name=self.direction_id.name)
            )
        # a path is taken by portals of other companies as well
        if Portal.sudo().search_count([("path", "=", path)]):
            raise UserError(_("The path %(path)s is taken. Choose another.", path=path))
        portal = Portal.create(
            {
                "direction_id": self.direction_id.id,
                "path": path,
                "contact_id": self.direction_id.user_id.id,
                "section_ids": Portal._prepare_sections(self.copy_from_id),
            }
        )
        return portal._get_form_action()
