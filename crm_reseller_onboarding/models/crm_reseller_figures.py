from odoo import _, api, models

KEY = "first_accepted_days"
# a row for each newcomer that accepted a first lead
ROWS = """
    SELECT entry.id, entry.reseller_id, entry.first_accepted_on AS moment,
           entry.first_accepted_days AS days
      FROM crm_reseller_onboarding AS entry
     WHERE entry.first_accepted_on IS NOT NULL
"""


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
        source = {
            "model": "crm.reseller.onboarding",
            "sql": ROWS,
            "is_day": False,
            "fields": {"reseller_id": "reseller_id"},
            "groupings": {
                "reseller": ("fact.reseller_id", "reseller_id", "res.partner"),
            },
            "measures": [measure],
        }
        return {**super()._get_figure_sources(), "onboarding": source}
