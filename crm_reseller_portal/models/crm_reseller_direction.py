from odoo import _, fields, models

from odoo.addons.crm_reseller_base.compat import check_access


class CrmResellerDirection(models.Model):
    """A sales direction and its portal."""

    _name = "crm.reseller.direction"
    _inherit = ["crm.reseller.direction", "crm.reseller.direction.mixin"]

    portal_ids = fields.One2many(
        "crm.reseller.portal",
        "direction_id",
        context={"active_test": False},
        groups="sales_team.group_sale_salesman",
    )
    portal_count = fields.Integer(
        compute="_compute_portal_count", groups="sales_team.group_sale_salesman"
    )

    def _compute_portal_count(self):
        # whether it is active or not
        Portal = self.env["crm.reseller.portal"].with_context(active_test=False)
        counts = {
            direction.id: count
            for direction, count in Portal._read_group(
                [("direction_id", "in", self.ids)], ["direction_id"], ["__count"]
            )
        }
        for direction in self:
            direction.portal_count = counts.get(direction.id, 0)

    def action_open_reseller_portal(self):
        """Open the portal of this direction, or ask for the path of a new one.

        :return: action
        :raises AccessError: for users who may not change directions
        """
        check_access(self, "write")
        self.ensure_one()
        portal = (
            self.env["crm.reseller.portal"]
            .with_context(active_test=False)
            .search([("direction_id", "=", self.id)])
        )
        if portal:
            return portal._get_form_action()
        return {
            "type": "ir.actions.act_window",
            "name": _("Create Partner Portal"),
            "res_model": "crm.reseller.portal.create",
            "view_mode": "form",
            "target": "new",
            "context": {"default_direction_id": self.id},
        }
