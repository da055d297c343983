from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_reseller_portal.models.crm_lead import Operation


class CrmLead(models.Model):
    """The resources that a reseller used in a deal."""

    _inherit = "crm.lead"

    reseller_resource_use_ids = fields.One2many(
        "crm.reseller.resource.use",
        "lead_id",
        string="Resources Used",
        readonly=True,
        copy=False,
        groups="sales_team.group_sale_salesman",
    )

    @api.model
    def _get_reseller_operations(self):
        """What resellers can do, recording the use of a resource included. Hook.

        :return: dict from the names of operations to ``Operation``
        """
        return {**super()._get_reseller_operations(), "use_resource": Operation()}

    def _reseller_record_resource(self, resource, used):
        """Record that a resource was used in a deal, or that it was not.

        :param resource: crm.reseller.resource of those the user sees
        :param bool used: whether it was; saying it twice counts once
        :raises UserError: where the deal is closed or a colleague's
        """
        self.ensure_one()
        lead = self._check_reseller_access("use_resource")
        Use = self.env["crm.reseller.resource.use"].sudo()
        if used:
            day = fields.Date.context_today(self)
            version = resource.sudo()._get_valid_versions(day).get(resource.id)
            if not version:
                raise UserError(_("This resource is not valid any more."))
            Use._record(lead, version, self.env.user.partner_id)
        else:
            Use.search(
                [("lead_id", "=", lead.id), ("resource_id", "=", resource.id)]
            ).unlink()
