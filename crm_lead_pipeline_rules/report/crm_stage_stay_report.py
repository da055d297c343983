from odoo import fields, models

# A stay begins where the former one ended, and ends with a tracked change of stage:
# the same facts Odoo's own duration tracking counts with. Ids: even for stays that
# are over (from the tracking value), odd for the one that lasts (from the lead). A lead
# that was archived in an open stage, say one lost before this addon came, is no longer
# there: its stay ended when it was closed.
STAYS = """
    WITH moves AS (
        SELECT message.res_id AS lead_id,
               value.id,
               value.create_date AS moved_on,
               NULLIF(value.old_value_integer, 0) AS origin_id,
               NULLIF(value.new_value_integer, 0) AS target_id
          FROM mail_tracking_value value
          JOIN mail_message message ON message.id = value.mail_message_id
          JOIN ir_model_fields field ON field.id = value.field_id
         WHERE message.model = 'crm.lead'
           AND field.model = 'crm.lead'
           AND field.name = 'stage_id'
    ), stays AS (
        SELECT 2 * id AS id,
               lead_id,
               origin_id AS stage_id,
               target_id,
               LAG(moved_on) OVER (PARTITION BY lead_id ORDER BY id) AS entered_on,
               moved_on AS left_on,
               TRUE AS moved
          FROM moves
        UNION ALL
        SELECT 2 * lead.id + 1,
               lead.id,
               lead.stage_id,
               NULL,
               (SELECT MAX(moved_on) FROM moves WHERE moves.lead_id = lead.id),
               CASE WHEN lead.active IS NOT TRUE
                    THEN COALESCE(lead.date_closed, lead.write_date) END,
               FALSE
          FROM crm_lead lead
    )
    SELECT stays.id,
           stays.lead_id,
           stage.id AS stage_id,
           target.id AS next_stage_id,
           lead.team_id,
           lead.user_id,
           lead.company_id,
           COALESCE(stays.entered_on, lead.create_date) AS entered_on,
           stays.left_on,
           CASE WHEN stays.left_on IS NULL THEN 'stayed'
                WHEN target.is_won THEN 'won'
                WHEN target.is_lost THEN 'lost'
                WHEN stays.moved THEN 'moved'
                WHEN lead.probability > 0 THEN 'archived'
                ELSE 'lost'
           END AS outcome,
           EXTRACT(EPOCH FROM
               COALESCE(stays.left_on, NOW() AT TIME ZONE 'UTC')
               - COALESCE(stays.entered_on, lead.create_date)
           ) / 86400.0 AS days,
           1 AS entered,
           CASE WHEN stays.moved AND target.is_lost IS NOT TRUE THEN 1 ELSE 0
           END AS moved_on,
           CASE WHEN stays.left_on IS NULL THEN NULL
                WHEN target.is_lost THEN 0
                WHEN stays.moved THEN 100
                WHEN lead.probability > 0 THEN NULL
                ELSE 0
           END AS conversion
      FROM stays
      JOIN crm_lead lead ON lead.id = stays.lead_id
      JOIN crm_stage stage ON stage.id = stays.stage_id
 LEFT JOIN crm_stage target ON target.id = stays.target_id
     WHERE NOT (stage.is_won IS TRUE OR stage.is_lost IS TRUE)
"""


class CrmStageStayReport(models.Model):
    """How long leads stay in each open stage, and where they go from there."""

    _name = "crm.stage.stay.report"
    _inherit = "crm.pipeline.guard"
    _description = "Stage Analysis"
    _auto = False
    _rec_name = "lead_id"
    _order = "entered_on desc, id desc"

    lead_id = fields.Many2one("crm.lead", readonly=True)
    stage_id = fields.Many2one("crm.stage", readonly=True)
    next_stage_id = fields.Many2one("crm.stage", string="Next Stage", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    entered_on = fields.Datetime(readonly=True)
    left_on = fields.Datetime(readonly=True)
    outcome = fields.Selection(
        [
            ("moved", "Moved on"),
            ("won", "Won"),
            ("lost", "Lost"),
            ("archived", "Archived"),
            ("stayed", "Still there"),
        ],
        readonly=True,
    )
    days = fields.Float("Days in Stage", group_operator="avg", readonly=True)
    entered = fields.Integer(readonly=True)
    moved_on = fields.Integer("Moved on", readonly=True)
    conversion = fields.Float(
        "Conversion (%)",
        group_operator="avg",
        readonly=True,
        help="Of the leads that left the stage, the share that was not lost there.",
    )

    @property
    def _table_query(self):
        """The statement behind the report.

        :return: SQL
        """
        return STAYS
