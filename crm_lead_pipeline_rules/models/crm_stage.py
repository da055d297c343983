from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, ormcache

from ..compat import stage_teams_sql
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
        """Keep stages from being both won and lost.

        :raises ValidationError: for one that is
        """
        for stage in self:
            if stage.is_won and stage.is_lost:
                raise ValidationError(
                    _(
                        'The stage "%(stage)s" cannot be a won and a lost stage at '
                        "the same time.",
                        stage=stage.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        stages = super().create(vals_list)
        self._forget_pipeline()
        return stages

    def write(self, vals):
        marks = {stage: (stage.is_won, stage.is_lost) for stage in self}
        result = super().write(vals)
        self._forget_pipeline()
        # no constraint: from Odoo 18 on those run elevated
        for stage, (was_won, was_lost) in marks.items():
            if (was_won, was_lost) != (stage.is_won, stage.is_lost):
                stage._check_marks_change_no_lead(was_won, was_lost)
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_pipeline()
        return result

    def _check_marks_change_no_lead(self, was_won, was_lost):
        """People close and reopen leads one by one, and not with their stage.

        Programs with elevated rights may.

        :param bool was_won: whether the stage was a won one before
        :param bool was_lost: whether it was a lost one
        :raises ValidationError: when leads in the stage would change their meaning
        """
        self.ensure_one()
        if self.env.su:
            return
        domain = [("stage_id", "=", self.id)]
        if not was_lost:  # archived leads of an open stage are lost already
            domain.append(("active", "=", True))
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        count = leads.search_count(domain)
        if not count:
            return
        values = {"stage": self.name, "count": count}
        if self.is_lost:
            raise ValidationError(
                _(
                    'In the stage "%(stage)s" there are %(count)s open leads. '
                    "They would be lost without a reason: mark them as lost "
                    "first, or move them on.",
                    **values,
                )
            )
        if self.is_won:
            raise ValidationError(
                _(
                    'In the stage "%(stage)s" there are %(count)s open leads. They '
                    "would all be won: move them on first, or mark them as won.",
                    **values,
                )
            )
        raise ValidationError(
            _(
                'In the stage "%(stage)s" there are %(count)s closed leads. They would '
                "all be open again: create another stage instead.",
                **values,
            )
        )

    # ------------------------------------------------------------
    # INSTALLATION
    # ------------------------------------------------------------

    @api.model
    def _set_up_pipeline(self):
        """Our stages on a fresh database; a Lost stage on every one.

        The stages of a database in use are its own: they stay as they are.
        """
        if self._is_database_fresh():
            self._rename_proposition()
            self._archive_lost_reasons_of_odoo()
        self._ensure_lost_stage()

    @api.model
    def _is_database_fresh(self):
        """Whether there are no leads, or only those of the demo data of some addon.

        :return: bool
        """
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
            stage.with_context(lang=code)._set_negotiation_name()

    def _set_negotiation_name(self):
        self.name = _("Negotiation")

    def _get_name_of_lost(self):
        """The name of the Lost stage.

        :return: text in the language of the context
        """
        return _("Lost")

    @api.model
    def _get_lost_reasons_of_odoo(self):
        """The reasons that Odoo's CRM brings, archived ones included.

        :return: recordset of ``crm.lost.reason``
        """
        found = self.env["crm.lost.reason"]
        for number in (1, 2, 3):
            reason = self.env.ref(f"crm.lost_reason_{number}", raise_if_not_found=False)
            found |= reason or found
        return found

    @api.model
    def _archive_lost_reasons_of_odoo(self):
        """On a fresh database people choose between our six reasons."""
        self._get_lost_reasons_of_odoo().active = False

    @api.model
    def _ensure_lost_stage(self):
        """Find or create the Lost stage.

        A stage that is called Lost in any language of the database is marked; else one
        is added after all others.

        :return: crm.stage
        """
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
        """Keep the stages and reasons that leads refer to; bring Odoo's own back."""
        self._get_lost_reasons_of_odoo().active = True
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

    # ------------------------------------------------------------
    # PIPELINE
    # ------------------------------------------------------------

    def _is_closed(self):
        """Whether leads in this stage are closed.

        :return: bool
        """
        return self.is_won or self.is_lost

    def _forget_pipeline(self):
        """Read the stages again the next time, in every worker."""
        self.env.registry.clear_cache()

    @api.model
    def _get_pipeline(self):
        """All stages as the one-step rule sees them.

        :return: ``Pipeline``
        """
        return Pipeline(self._read_pipeline())

    @api.model
    @ormcache()
    def _read_pipeline(self):
        """All stages, in one SQL statement, kept until one of them changes.

        :return: tuple of ``Stage``
        """
        self.flush_model()
        teams, join = stage_teams_sql(self)
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
        return tuple(
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
