from odoo import _, api, models

# deals that resellers won and that a dealer has an order of; what was confirmed before
# the win took no time
ORDERED = """
    SELECT lead.id, lead.reseller_id, lead.company_id, lead.country_id, lead.team_id,
           lead.reseller_direction_id AS direction_id,
           lead.reseller_product_id AS product_id, lead.date_closed AS moment,
           lead.dealer_ordered_on IS NOT NULL AS is_confirmed,
           lead.dealer_delivered_on IS NOT NULL AS is_delivered,
           GREATEST(EXTRACT(EPOCH FROM lead.dealer_ordered_on - lead.date_closed)
                    / 86400, CASE WHEN lead.dealer_ordered_on IS NOT NULL THEN 0 END
                   ) AS days_to_confirm,
           GREATEST(EXTRACT(EPOCH FROM lead.dealer_delivered_on - lead.date_closed)
                    / 86400, CASE WHEN lead.dealer_delivered_on IS NOT NULL THEN 0 END
                   ) AS days_to_deliver
      FROM crm_lead AS lead
      JOIN crm_stage AS stage ON stage.id = lead.stage_id
     WHERE stage.is_won AND lead.reseller_state = 'accepted'
       AND lead.reseller_id IS NOT NULL AND lead.date_closed IS NOT NULL
       AND COALESCE(lead.dealer_so_name, '') <> ''
"""
SAME_FIELDS = (
    "user_id",
    "team_id",
    "company_id",
    "country_id",
    "lost_reason_id",
    "reseller_direction_id",
    "reseller_product_id",
    "date_closed",
)


class CrmResellerFigures(models.AbstractModel):
    _inherit = "crm.reseller.figures"

    @api.model
    def _get_figure_sources(self):
        """Add what became of the dealers' orders. Hook.

        :return: dict, see ``crm_reseller_portal``
        """
        shared = {
            "source": _("orders at the dealers"),
            "owner": _("Channel manager"),
        }
        return {
            **super()._get_figure_sources(),
            "orders": {
                "model": "crm.lead",
                "sql": ORDERED,
                "fields": {
                    "company_id": "company_id",
                    **{f"lead_id.{name}": name for name in SAME_FIELDS},
                },
                "groupings": {
                    "company": ("fact.company_id", "company_id", "res.company"),
                    **self._get_lead_groupings(),
                },
                "measures": [
                    {
                        **shared,
                        "key": "orders",
                        "label": _("Orders at dealers"),
                        "formula": _(
                            "Leads of the reseller won in the period that a dealer has "
                            "an order of."
                        ),
                        "unit": "count",
                        "aggregate": "count",
                        "counted": "TRUE",
                        "better": "up",
                    },
                    {
                        **shared,
                        "key": "orders_confirmed",
                        "label": _("Orders confirmed"),
                        "formula": _(
                            "Orders of the leads won in the period that the dealer "
                            "confirmed."
                        ),
                        "unit": "percent",
                        "aggregate": "share",
                        "counted": "fact.is_confirmed",
                        "of": "TRUE",
                        "better": "up",
                    },
                    {
                        **shared,
                        "key": "orders_delivered",
                        "label": _("Orders delivered"),
                        "formula": _(
                            "Orders of the leads won in the period that were delivered."
                        ),
                        "unit": "percent",
                        "aggregate": "share",
                        "counted": "fact.is_delivered",
                        "of": "TRUE",
                        "better": "up",
                    },
                    {
                        **shared,
                        "key": "order_confirm_days",
                        "label": _("Time to confirm an order"),
                        "formula": _(
                            "Days from the win to the dealer's confirmation, median of "
                            "the confirmed orders of leads won in the period."
                        ),
                        "unit": "days",
                        "aggregate": "median",
                        "counted": "fact.is_confirmed",
                        "value": "fact.days_to_confirm",
                        "better": "down",
                    },
                    {
                        **shared,
                        "key": "order_delivery_days",
                        "label": _("Time to deliver an order"),
                        "formula": _(
                            "Days from the win to the delivery, median of the "
                            "delivered orders of leads won in the period."
                        ),
                        "unit": "days",
                        "aggregate": "median",
                        "counted": "fact.is_delivered",
                        "value": "fact.days_to_deliver",
                        "better": "down",
                    },
                ],
            },
        }
