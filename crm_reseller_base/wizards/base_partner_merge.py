from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        """Keep the program of the reseller that stays, else of the last one merged.

        Odoo copies the values that are empty on the partner that stays, and takes 0 for
        empty: the weights and limits of a reseller may be 0.

        :param src_partners: the partners that are merged
        :param dst_partner: the partner that stays
        :return: see ``base``
        """
        resellers = (src_partners | dst_partner).filtered("reseller_level_id")
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
            # the directions were moved by SQL
            dst_partner.invalidate_recordset(["reseller_direction_ids"])
            self.env.add_to_compute(
                dst_partner._fields["reseller_direction_id"], dst_partner
            )
        return result
