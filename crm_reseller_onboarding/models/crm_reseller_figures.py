from odoo import _, api, models

from odoo.addons.crm_reseller_performance.models.crm_reseller_measure import GROUPINGS

KEY = "first_accepted_days"
# a row for each newcomer that accepted a first lead, and what is known of that lead
ROWS = """
    SELECT entry.id, entry.reseller_id, entry.first_accepted_on AS moment,
           entry.first_accepted_days AS days,
           reseller.reseller_level_id AS level_id,
           reseller.reseller_activation_id AS activation_id,
           offer.company_id, offer.rule_id, offer.answered_by_id,
           lead.country_id, lead.team_id, lead.user_id,
           lead.reseller_direction_id AS direction_id,
           lead.reseller_product_id AS product_id
      FROM crm_reseller_onboarding AS entry
      JOIN res_partner AS reseller ON reseller.id = entry.reseller_id
 LEFT JOIN crm_reseller_offer AS offer ON offer.id = entry.first_offer_id
 LEFT JOIN crm_lead AS lead ON lead.id = offer.lead_id
     WHERE entry.first_accepted_on IS NOT NULL AND offer.not_measured IS NOT TRUE
"""
# by what it is grouped: as the measures of offers, of which the first one is asked
GROUPED = (
    "reseller",
    "level",
    "activation",
    "direction",
    "team",
    "salesperson",
    "person",
    "country",
    "product",
    "company",
    "rule",
)


class CrmResellerFigures(models.AbstractModel):
    """The one measure of onboarding: days to the first accepted lead."""

    _inherit = "crm.reseller.figures"

    @api.model
    def _get_figure_sources(self):
        """What is measured from onboarding. Hook.

        :return: dict of the name of a source and its definition, see ``super``
        """
        measure = {
            "key": KEY,
            "label": _("Days to the first accepted lead"),
            "formula": _(
                "Days from the start of the onboarding to the first lead accepted, of "
                "newcomers whose first lead was accepted in the period."
            ),
            "source": _("onboarding"),
            "owner": _("Channel manager"),
            "unit": "days",
            "aggregate": "mean",
            "counted": "TRUE",
            "value": "fact.days",
            "better": "down",
        }
        known = {name: GROUPINGS[name] for name in GROUPED}
        source = {
            "model": "crm.reseller.onboarding",
            "sql": ROWS,
            "is_day": False,
            "fields": {
                grouping.field: f"first_offer_id.{grouping.field}"
                for grouping in known.values()
                if not grouping.field.startswith("reseller_id")
            },
            "groupings": {name: tuple(grouping) for name, grouping in known.items()},
            "measures": [measure],
        }
        return {**super()._get_figure_sources(), "onboarding": source}
