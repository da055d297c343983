from odoo import api, models


class CrmResellerFigures(models.AbstractModel):
    """What addons know to measure of resellers besides offers.

    An addon tells here what it has, whether or not anything reads it;
    ``crm_reseller_performance`` makes measures of it.
    """

    _name = "crm.reseller.figures"
    _description = "Further Figures of Resellers"

    @api.model
    def _get_figure_sources(self):
        """What is measured from records that are no offers. Hook.

        An addon adds its source. Values are SQL about ``fact``, a row of ``sql``.

        :return: dict of the name of a source and dict with

            * ``model``: what its rows are, opened behind a number;
            * ``sql``: SELECT of the rows with ``id`` (of the record), ``reseller_id``,
              ``moment`` (a timestamp in UTC, or a date) and what the measures use;
            * ``is_day``: whether ``moment`` is a date;
            * ``fields``: dict of field of an offer and that of the model that is the
              same, such as ``{"lead_id.team_id": "team_id"}``. What begins with a field
              of ``lead_id`` or ``reseller_id`` that the model has, too, is known;
            * ``groupings``: dict of grouping (as of the measures: ``country``,
              ``product``; or one of its own) and triple of SQL, field of the model and
              model of the groups. By reseller, level and activation each is grouped;
            * ``measures``: list of dict with ``key``, ``label``, ``formula``,
              ``source``, ``owner`` (texts in the user's language), ``unit`` (count,
              percent, hours, days, money), ``aggregate`` (count, distinct, share,
              mean, median, p90, sum), ``counted`` (condition), ``of`` (condition, of a
              share), ``value`` (what is averaged, added up or told apart) and
              ``better`` (up, down or empty)
        """
        return {}

    @api.model
    def _get_lead_groupings(self, path=""):
        """The groupings of a source whose rows have these columns of a lead:
        ``country_id``, ``team_id``, ``direction_id`` and ``product_id``.

        :param str path: from the model of the source to the lead, such as ``lead_id.``
        :return: dict, see ``groupings`` of ``_get_figure_sources``
        """
        return {
            name: (f"fact.{name}_id", f"{path}{field}", model)
            for name, field, model in (
                ("country", "country_id", "res.country"),
                ("team", "team_id", "crm.team"),
                ("direction", "reseller_direction_id", "crm.reseller.direction"),
                ("product", "reseller_product_id", "product.product"),
            )
        }
