from odoo import _, api, models

# a stay begins with a row that names another milestone than the one before
_STAY = "{row}.previous_id IS DISTINCT FROM {row}.milestone_id"
PROGRESS = f"""
    SELECT stay.id, stay.reseller_id, stay.lead_id, stay.milestone_id,
           stay.author_id, stay.reached_on AS moment,
           lead.country_id, lead.team_id, lead.reseller_direction_id AS direction_id,
           lead.reseller_product_id AS product_id,
           NOT EXISTS (
                SELECT FROM crm_reseller_progress AS before
                 WHERE before.lead_id = stay.lead_id AND before.id < stay.id
                   AND before.reseller_id = stay.reseller_id
                   AND before.milestone_id = stay.milestone_id
                   AND {_STAY.format(row="before")}
           ) AS is_first,
           EXTRACT(EPOCH FROM COALESCE(
                (SELECT after.reached_on
                   FROM crm_reseller_progress AS after
                  WHERE after.lead_id = stay.lead_id AND after.id > stay.id
                    AND after.reseller_id = stay.reseller_id
                    AND {_STAY.format(row="after")}
               ORDER BY after.id LIMIT 1),
                CASE WHEN lead.date_closed IS NOT NULL
                      AND (stage.is_won OR lead.active IS NOT TRUE)
                     THEN GREATEST(lead.date_closed, stay.reached_on) END
           ) - stay.reached_on) / 86400 AS days
      FROM crm_reseller_progress AS stay
      JOIN crm_lead AS lead ON lead.id = stay.lead_id
 LEFT JOIN crm_stage AS stage ON stage.id = lead.stage_id
     WHERE {_STAY.format(row="stay")}
"""
USAGE = """
    SELECT id, reseller_id, partner_id, company_id, day AS moment,
           COALESCE(sign_ins, 0) AS sign_ins, COALESCE(updates, 0) AS updates,
           COALESCE(mail_answers, 0) AS mail_answers,
           COALESCE(downloads, 0) AS downloads
      FROM crm_reseller_usage
"""


class CrmResellerFigures(models.AbstractModel):
    _inherit = "crm.reseller.figures"

    @api.model
    def _get_figure_sources(self):
        manager = _("Channel manager")
        used = _("use of the portal, counted per person and day")
        return {
            **super()._get_figure_sources(),
            "milestones": {
                "model": "crm.reseller.progress",
                "sql": PROGRESS,
                "groupings": {
                    "milestone": (
                        "fact.milestone_id",
                        "milestone_id",
                        "crm.reseller.milestone",
                    ),
                    **self._get_lead_groupings("lead_id."),
                },
                "measures": [
                    {
                        "key": "milestones_reached",
                        "label": _("Milestones reached"),
                        "formula": _(
                            "Milestones that deals reached in the period, each once "
                            "per deal, also where the deal went back to it later."
                        ),
                        "source": _("milestones reported by resellers"),
                        "owner": manager,
                        "unit": "count",
                        "aggregate": "count",
                        "counted": "fact.is_first",
                        "better": "up",
                    },
                    {
                        "key": "milestone_days",
                        "label": _("Time in a milestone"),
                        "formula": _(
                            "Days from reaching a milestone to the next one or to the "
                            "end of the deal, median of those reached in the period "
                            "and left by now."
                        ),
                        "source": _("milestones reported by resellers"),
                        "owner": manager,
                        "unit": "days",
                        "aggregate": "median",
                        "counted": "fact.days IS NOT NULL",
                        "value": "fact.days",
                        "better": "down",
                    },
                ],
            },
            "usage": {
                "model": "crm.reseller.usage",
                "sql": USAGE,
                "is_day": True,
                "fields": {"company_id": "company_id"},
                "groupings": {
                    "company": ("fact.company_id", "company_id", "res.company")
                },
                "measures": [
                    {
                        "key": key,
                        "label": label,
                        "formula": formula,
                        "source": used,
                        "owner": manager,
                        "unit": "count",
                        "aggregate": aggregate,
                        "counted": f"{value} > 0" if value else "TRUE",
                        "value": value or "fact.partner_id",
                        "better": "up",
                    }
                    for key, label, formula, aggregate, value in (
                        (
                            "active_people",
                            _("Active people"),
                            _(
                                "People of resellers who used the portal or answered "
                                "by mail in the period."
                            ),
                            "distinct",
                            "",
                        ),
                        (
                            "sign_ins",
                            _("Sign-ins"),
                            _("Sign-ins to the portal in the period."),
                            "sum",
                            "fact.sign_ins",
                        ),
                        (
                            "updates",
                            _("Updates sent"),
                            _(
                                "Answers, notes, figures and other forms that were "
                                "sent in the period, answers by mail included."
                            ),
                            "sum",
                            "(fact.updates + fact.mail_answers)",
                        ),
                        (
                            "downloads",
                            _("Downloads"),
                            _("Documents that were opened in the period."),
                            "sum",
                            "fact.downloads",
                        ),
                    )
                ],
            },
        }
