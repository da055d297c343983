from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        """Merging fills what is empty, and takes 0 for empty: a reseller's do count."""
        resellers = (src_partners | dst_partner).filtered("reseller_level_id")
        # as Odoo does with all values: the contact that stays goes before the others
        holder = (resellers & dst_partner) or resellers.sorted("id")[-1:]
        numbers = {}
        if holder:
            names = ["reseller_performance_factor", "reseller_max_open_leads"]
            if holder.reseller_weight_custom:
                names.append("reseller_weight")
            numbers = {name: holder[name] for name in names}
            numbers["reseller_weight_custom"] = holder.reseller_weight_custom
        result = super()._update_values(src_partners, dst_partner)
        if numbers:
            dst_partner.sudo().write(numbers)
        return result
