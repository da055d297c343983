from odoo import _, api, fields, models
from odoo.exceptions import UserError


class CrmLead(models.Model):
    """Leads of sales directions: a reseller works those of its own."""

    _inherit = "crm.lead"

    reseller_direction_hidden = fields.Boolean(
        compute="_compute_reseller_direction_hidden",
        help="The reseller does not work in the lead's sales direction, so the lead is "
        "hidden on its portal.",
    )

    @api.depends("reseller_direction_id", "reseller_id.reseller_direction_ids")
    def _compute_reseller_direction_hidden(self):
        for lead in self:
            lead.reseller_direction_hidden = lead.reseller_state in (
                "pending",
                "accepted",
            ) and not lead._is_in_direction_of(lead.reseller_id)

    def _is_in_direction_of(self, reseller):
        """Whether a reseller works in the sales direction of this lead.

        :param reseller: res.partner
        :return: True without a direction, and where directions are not enforced
        """
        self.ensure_one()
        direction = self.sudo().reseller_direction_id
        reseller_sudo = reseller.sudo().with_context(active_test=False)
        own = reseller_sudo.reseller_direction_ids
        if not (direction and own) or direction in own:
            return True
        company = reseller_sudo._get_reseller_company() or self._get_main_company()
        return not company.reseller_enforce_directions

    def _check_offerable(self, reseller):
        """Refuse leads of a direction the reseller does not work in, too.

        :param reseller: res.partner
        :raises UserError: with the name of the first such lead
        """
        result = super()._check_offerable(reseller)
        for lead in self:
            if not lead._is_in_direction_of(reseller):
                raise UserError(
                    _(
                        "%(reseller)s does not work in the sales direction "
                        "%(direction)s of %(lead)s.",
                        reseller=reseller.name,
                        direction=lead.reseller_direction_id.name,
                        lead=lead.name,
                    )
                )
        return result
