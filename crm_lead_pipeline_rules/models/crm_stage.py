from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..lib.transitions import Pipeline, Stage


class CrmStage(models.Model):
    _inherit = "crm.stage"

    is_lost = fields.Boolean(
        "Is Lost Stage?",
        help="Leads in this stage are lost: they got there with a reason and "
        "nothing brings them back into an open stage.",
    )

    @api.constrains("is_won", "is_lost")
    def _check_won_or_lost(self):
        for stage in self:
            if stage.is_won and stage.is_lost:
                raise ValidationError(
                    _(
                        'The stage "%(stage)s" cannot be a won and a lost stage at '
                        "the same time.",
                        stage=stage.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_lost"):  # no constraint: from Odoo 18 on those run elevated
            self._check_no_lead_becomes_lost()
        return result

    def _check_no_lead_becomes_lost(self):
        """People lose leads one by one, each for a reason, and not with their stage."""
        if self.env.su:
            return
        leads = self.env["crm.lead"].sudo()
        for stage in self.filtered("is_lost"):
            count = leads.search_count([("stage_id", "=", stage.id)])
            if count:
                raise ValidationError(
                    _(
                        'In the stage "%(stage)s" there are %(count)s open leads. '
                        "They would be lost without a reason: mark them as lost "
                        "first, or move them on.",
                        stage=stage.name,
                        count=count,
                    )
                )

    # ------------------------------------------------------------------
    # Installation
    # ------------------------------------------------------------------

    @api.model
    def _set_up_pipeline(self):
        """Our stages on a fresh database; a Lost stage on every one.

        The stages of a database in use are its own: they stay as they are.
        """
        if self._is_database_fresh():
            self._rename_proposition()
        self._ensure_lost_stage()

    @api.model
    def _is_database_fresh(self):
        """No leads, or none that does not come with the demo data of some addon."""
        self.env.cr.execute(
            """
            SELECT 1 FROM crm_lead lead
             WHERE NOT EXISTS (
                   SELECT 1
                     FROM ir_model_data data
                     JOIN ir_module_module module ON module.name = data.module
                    WHERE data.model = 'crm.lead' AND data.res_id = lead.id
                      AND module.demo
             )
             LIMIT 1
            """
        )
        return not self.env.cr.fetchone()

    @api.model
    def _rename_proposition(self):
        stage = self.env.ref("crm.stage_lead3", raise_if_not_found=False)
        if not stage:
            return
        for code, __ in self.env["res.lang"].get_installed():
            stage.with_context(lang=code)._take_name_of_negotiation()

    def _take_name_of_negotiation(self):
        self.name = _("Negotiation")

    def _get_name_of_lost(self):
        return _("Lost")

    @api.model
    def _ensure_lost_stage(self):
        """Mark the stage that is called Lost already, in whatever language the database
        speaks, else add one behind all."""
        lost = self.search([("is_lost", "=", True)], limit=1)
        in_languages = [
            self.with_context(lang=code)
            for code, __ in self.env["res.lang"].get_installed()
        ]
        for stages in () if lost else (self.with_context(lang=None), *in_languages):
            name = stages._get_name_of_lost()
            domain = [("name", "=ilike", name), ("is_won", "=", False)]
            lost = lost or self.browse(stages.search(domain, limit=1).id)
        if not lost.is_lost:
            lost.is_lost = True
        if not lost:
            last = self.search([], order="sequence desc", limit=1)
            lost = self.create(
                {
                    "name": "Lost",  # translated below
                    "sequence": max(last.sequence, 70) + 10,
                    "fold": True,
                    "is_lost": True,
                }
            )
            for stages in in_languages:
                lost.with_env(stages.env).name = stages._get_name_of_lost()
            self.env["ir.model.data"].sudo().create(
                {
                    "module": "crm_lead_pipeline_rules",
                    "name": "stage_lost",
                    "model": self._name,
                    "res_id": lost.id,
                    "noupdate": True,
                }
            )
        return lost

    @api.model
    def _keep_records_in_use(self):
        """Give stages and reasons that leads refer to into the database's own hands."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            DELETE FROM ir_model_data data
             WHERE data.module = 'crm_lead_pipeline_rules'
               AND (data.model = 'crm.stage' AND EXISTS (
                       SELECT 1 FROM crm_lead lead WHERE lead.stage_id = data.res_id)
                 OR data.model = 'crm.lost.reason' AND EXISTS (
                       SELECT 1 FROM crm_lead lead
                        WHERE lead.lost_reason_id = data.res_id))
            """
        )

    # ------------------------------------------------------------------
    # Pipeline
    # ------------------------------------------------------------------

    def _is_closed(self):
        """Whether leads in this stage are done with."""
        return self.is_won or self.is_lost

    @api.model
    def _get_pipeline(self):
        """All stages as the one-step rule sees them, in one SQL statement."""
        self.flush_model()
        teams, join = self._get_pipeline_teams_sql()
        active = SQL("stage.active") if "active" in self._fields else SQL("TRUE")
        self.env.cr.execute(
            SQL(
                """
                SELECT stage.id, stage.sequence, stage.is_won OR stage.is_lost,
                       stage.fold, NOT %(active)s, ARRAY_REMOVE(%(teams)s, NULL)
                  FROM crm_stage stage %(join)s
                """,
                active=active,
                teams=teams,
                join=join,
            )
        )
        return Pipeline(
            Stage(
                stage_id,
                sequence or 0,
                bool(closed),
                bool(folded),
                bool(archived),
                frozenset(team_ids or ()),
            )
            for stage_id, sequence, closed, folded, archived, team_ids in (
                self.env.cr.fetchall()
            )
        )

    @api.model
    def _get_pipeline_teams_sql(self):
        """The expression for a stage's teams, and the join it needs.

        A stage has at most one team up to Odoo 18, and several from then on.
        """
        if "team_ids" not in self._fields:
            return SQL("ARRAY[stage.team_id]"), SQL()
        field = self._fields["team_ids"]
        return SQL("rel.team_ids"), SQL(
            """
            LEFT JOIN LATERAL (
                SELECT ARRAY_AGG(%(team)s) AS team_ids FROM %(table)s
                 WHERE %(stage)s = stage.id
            ) rel ON TRUE
            """,
            team=SQL.identifier(field.column2),
            table=SQL.identifier(field.relation),
            stage=SQL.identifier(field.column1),
        )

    @api.model
    def _get_team_domain(self, team):
        """Domain of the stages that leads of a team may be in."""
        field = "team_ids" if "team_ids" in self._fields else "team_id"
        return ["|", (field, "=", False), (field, "in", team.ids)]
