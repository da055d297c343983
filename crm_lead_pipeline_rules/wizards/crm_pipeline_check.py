from odoo import _, api, fields, models


class CrmPipelineCheck(models.TransientModel):
    """What is missing or odd in the set-up of the pipeline, in words."""

    _name = "crm.pipeline.check"
    _description = "Pipeline Configuration Check"

    line_ids = fields.One2many("crm.pipeline.check.line", "check_id", readonly=True)
    problem_count = fields.Integer(compute="_compute_problem_count")

    def _compute_display_name(self):
        for check in self:
            check.display_name = _("Configuration Check")

    @api.depends("line_ids.state")
    def _compute_problem_count(self):
        for check in self:
            check.problem_count = len(
                check.line_ids.filtered(lambda line: line.state != "ok")
            )

    @api.model
    def action_run(self):
        """Look at the set-up and open the findings."""
        check = self.create(
            {"line_ids": [(0, 0, vals) for vals in self._get_findings()]}
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Configuration Check"),
            "res_model": self._name,
            "res_id": check.id,
            "view_mode": "form",
            "target": "current",
        }

    @api.model
    def _get_findings(self):
        """Values of one line for each thing looked at. Hook."""
        return [
            *self._check_stages(),
            *self._check_teams(),
            *self._check_reasons(),
            *self._check_leads(),
        ]

    @api.model
    def _finding(self, problem, message, fine, state="error"):
        return {
            "state": state if problem else "ok",
            "message": message if problem else fine,
        }

    @api.model
    def _check_stages(self):
        # a database has a dozen stages, and all of them are looked at
        stages = self.env["crm.stage"].search([])  # pylint: disable=no-search-all
        won = stages.filtered("is_won")
        lost = stages.filtered("is_lost")
        yield self._finding(
            not won,
            _('No won stage configured. Tick "Is Won Stage?" on one.'),
            _("There is a won stage."),
        )
        yield self._finding(
            not lost,
            _('No lost stage configured. Tick "Is Lost Stage?" on one.'),
            _("There is a lost stage."),
        )
        open_stages = stages - won - lost
        ranks = [
            (stage.sequence, tuple(self._get_teams(stage).ids)) for stage in open_stages
        ]
        yield self._finding(
            len(ranks) != len(set(ranks)),
            _(
                "Some open stages share a sequence number: drag them into the order "
                "you want."
            ),
            _("The order of the open stages is clear."),
            "warning",
        )

    @api.model
    def _get_teams(self, stage):
        return stage.team_ids if "team_ids" in stage._fields else stage.team_id

    @api.model
    def _check_teams(self):
        pipeline = self.env["crm.stage"]._get_pipeline()
        # a database has a dozen stages, and all of them are looked at
        stages = self.env["crm.stage"].search([])  # pylint: disable=no-search-all
        kinds = (
            ("is_won", _("won")),
            ("is_lost", _("lost")),
        )
        # likewise a dozen teams
        teams = self.env["crm.team"].search([])  # pylint: disable=no-search-all
        short = [
            _('"%(team)s" has no open stage.', team=team.name)
            for team in teams
            if not pipeline.path(team.id)
        ]
        for field, kind in kinds:
            marked = stages.filtered(field)
            short += [
                _('"%(team)s" has no %(kind)s stage.', team=team.name, kind=kind)
                for team in teams
                if marked
                and not marked.filtered(
                    lambda stage, team=team: not self._get_teams(stage)
                    or team in self._get_teams(stage)
                )
            ]
        yield self._finding(
            short, " ".join(short), _("Every sales team has the stages it needs.")
        )

    @api.model
    def _check_reasons(self):
        yield self._finding(
            not self.env["crm.lost.reason"].search_count([], limit=1),
            _("There is no lost reason: no lead can be marked as lost."),
            _("There are lost reasons to choose from."),
        )

    @api.model
    def _check_leads(self):
        Lead = self.env["crm.lead"]
        archived = Lead.with_context(active_test=False)
        unexplained = archived.search_count(
            [
                ("active", "=", False),
                ("probability", "=", 0),
                ("lost_reason_id", "=", False),
            ]
        )
        yield self._finding(
            unexplained,
            _("%(count)s lost leads have no reason.", count=unexplained),
            _("Every lost lead has a reason."),
            "warning",
        )
        undead = Lead.search_count([("stage_id.is_lost", "=", True)])
        yield self._finding(
            undead,
            _(
                "%(count)s leads stand in a lost stage and are not closed: mark them "
                "as lost.",
                count=undead,
            ),
            _("Every lead in a lost stage is closed."),
            "warning",
        )
        homeless = Lead.search_count([("stage_id", "=", False)])
        yield self._finding(
            homeless,
            _("%(count)s open leads have no stage.", count=homeless),
            _("Every open lead has a stage."),
            "warning",
        )
        astray = self._count_leads_in_foreign_stages()
        yield self._finding(
            astray,
            _("%(count)s open leads are in a stage of another team.", count=astray),
            _("Every open lead is in a stage of its team."),
            "warning",
        )

    @api.model
    def _count_leads_in_foreign_stages(self):
        pipeline = self.env["crm.stage"]._get_pipeline()
        groups = self.env["crm.lead"]._read_group(
            [("stage_id", "!=", False), ("team_id", "!=", False)],
            ["stage_id", "team_id"],
            ["__count"],
        )
        return sum(
            count
            for stage, team, count in groups
            if not pipeline.get(stage.id).serves(team.id)
        )


class CrmPipelineCheckLine(models.TransientModel):
    _name = "crm.pipeline.check.line"
    _description = "Pipeline Configuration Finding"
    _order = "id"

    check_id = fields.Many2one("crm.pipeline.check", required=True, ondelete="cascade")
    state = fields.Selection(
        [("ok", "Fine"), ("warning", "Look at this"), ("error", "Missing")],
        required=True,
    )
    message = fields.Text(required=True)
