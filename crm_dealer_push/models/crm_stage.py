from odoo import _, models
from odoo.exceptions import UserError


class CrmStage(models.Model):
    _inherit = "crm.stage"

    def write(self, vals):
        """Change stages; what they mean for dealers' orders does not change with it.

        :param vals: dictionary of values
        :return: what ``super`` returns
        :raises UserError: when leads would stop being won, or become won, by it
        """
        won = self.filtered("is_won")
        result = super().write(vals)
        (won.filtered(lambda stage: not stage.is_won))._check_no_dealer_orders()
        (self - won).filtered("is_won")._check_no_leads_to_push()
        return result

    def _check_no_dealer_orders(self):
        """Refuse that leads with an order stop being won because their stage does.

        :raises UserError: naming the stage and the number of leads
        """
        for stage in self:
            leads = self.env["crm.lead"].sudo().with_context(active_test=False)
            leads = leads.search(
                [("stage_id", "=", stage.id), ("dealership_id", "!=", False)]
            )
            count = len(leads.filtered(lambda lead: lead._has_dealer_order()))
            if count:
                raise UserError(
                    _(
                        "%(count)s leads in the stage %(stage)s have an order at a "
                        "dealer. Move them to another won stage first.",
                        count=count,
                        stage=stage.name,
                    )
                )

    def _check_no_leads_to_push(self):
        """Refuse that leads become won without their order because their stage does.

        :raises UserError: naming the stage and the number of leads
        """
        for stage in self:
            count = (
                self.env["crm.lead"]
                .sudo()
                .search_count(
                    [
                        ("stage_id", "=", stage.id),
                        ("dealership_id", "!=", False),
                        ("dealer_so_id", "in", (False, 0)),
                    ]
                )
            )
            if count:
                raise UserError(
                    _(
                        "%(count)s leads in the stage %(stage)s have a dealership and "
                        "no order yet. Move them to another stage first, and mark them "
                        "as won afterwards.",
                        count=count,
                        stage=stage.name,
                    )
                )
