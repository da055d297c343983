from odoo import _, api, models

# protected since a decision; lapsed is what the reseller lost by not working on it
GRANTED = """
    SELECT registration.id, registration.reseller_id, registration.company_id,
           registration.product_id, registration.direction_id,
           lead.country_id, lead.team_id, registration.granted_on AS moment,
           registration.lapsed_on IS NOT NULL AS is_lapsed
      FROM crm_deal_registration AS registration
 LEFT JOIN crm_lead AS lead ON lead.id = registration.lead_id
     WHERE registration.granted_on IS NOT NULL
"""


class CrmResellerFigures(models.AbstractModel):
    _inherit = "crm.reseller.figures"

    @api.model
    def _get_figure_sources(self):
        """Add the protections of registered deals. Hook.

        :return: dict, see ``crm_reseller_portal``
        """
        shared = {
            "source": _("deal registrations"),
            "owner": _("Channel manager"),
        }
        return {
            **super()._get_figure_sources(),
            "registrations": {
                "model": "crm.deal.registration",
                "sql": GRANTED,
                "fields": {
                    "company_id": "company_id",
                    "lead_id.reseller_product_id": "product_id",
                    "lead_id.reseller_direction_id": "direction_id",
                },
                "groupings": {
                    "company": ("fact.company_id", "company_id", "res.company"),
                    **self._get_lead_groupings("lead_id."),
                },
                "measures": [
                    {
                        **shared,
                        "key": "registrations_granted",
                        "label": _("Registrations protected"),
                        "formula": _(
                            "Registered deals whose protection was granted in the "
                            "period."
                        ),
                        "unit": "count",
                        "aggregate": "count",
                        "counted": "TRUE",
                        "better": "up",
                    },
                    {
                        **shared,
                        "key": "registrations_lapsed",
                        "label": _("Registrations lapsed"),
                        "formula": _(
                            "Registered deals of those protected in the period whose "
                            "protection has lapsed since."
                        ),
                        "unit": "count",
                        "aggregate": "count",
                        "counted": "fact.is_lapsed",
                        "better": "down",
                    },
                    {
                        **shared,
                        "key": "registrations_kept",
                        "label": _("Registrations kept"),
                        "formula": _(
                            "Registered deals protected in the period whose protection "
                            "has not lapsed."
                        ),
                        "unit": "percent",
                        "aggregate": "share",
                        "counted": "NOT fact.is_lapsed",
                        "of": "TRUE",
                        "better": "up",
                    },
                ],
            },
        }
