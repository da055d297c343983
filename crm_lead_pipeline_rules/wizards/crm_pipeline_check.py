from odoo import _, api, fields, models

from ..compat import check_access, team_field
from ..const import REASON_OTHER


class CrmPipelineCheck(models.TransientModel):
    """What is missing or odd in the set-up of the pipeline, in words."""

    _name = "crm.pipeline.check"
    _inherit = "crm.pipeline.guard"
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
        """Look at the set-up and open the findings.

        :return: action
        :raises AccessError: for users who are no sales managers
        """
        check_access(self, "create")
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
        """Values of one line for each thing looked at. Hook.

        :return: list of dictionaries
        """
        return [
            *self._check_stages(),
            *self._check_teams(),
            *self._check_reasons(),
            *self._check_leads(),
        ]

    @api.model
    def _finding(
        self, problem, message, fine, state="error", fix=False, lead_domain=None
    ):
        """Values of a line.

        :param problem: whether there is one
        :param str message: what is wrong
        :param str fine: what to say where nothing is
        :param str state: ``warning`` or ``error``
        :param fix: name of what fixes it, where that is safe: see ``action_fix``
        :param list lead_domain: the leads it is about
        :return: dictionary of values for ``crm.pipeline.check.line``
        """
        if not problem:
            return {"state": "ok", "message": fine}
        return {
            "state": state,
            "message": message,
            "fix": fix,
            "lead_domain": repr(lead_domain) if lead_domain else False,
        }

    @api.model
    def _check_stages(self):
        # a database has a dozen stages, and all of them are looked at
        stages = self.env["crm.stage"].search([], limit=None)
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
            fix="lost_stage",
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
            fix="order",
        )

    @api.model
    def _get_teams(self, stage):
        """The teams of a stage.

        :param stage: crm.stage
        :return: crm.team; none where all teams may use it
        """
        return stage[team_field(stage)]

    @api.model
    def _check_teams(self):
        pipeline = self.env["crm.stage"]._get_pipeline()
        # a database has a dozen stages, and all of them are looked at
        stages = self.env["crm.stage"].search([], limit=None)
        kinds = (
            ("is_won", _("won")),
            ("is_lost", _("lost")),
        )
        # likewise a dozen teams
        teams = self.env["crm.team"].search([], limit=None)
        without = _('"%(team)s" has no open stage.')
        short = [
            without % {"team": team.name}
            for team in teams
            if not pipeline.path(team.id)
        ]
        for field, kind in kinds:
            marked = stages.filtered(field)
            without = _('"%(team)s" has no %(kind)s stage.')
            short += [
                without % {"team": team.name, "kind": kind}
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
            fix="reasons",
        )

    @api.model
    def _check_leads(self):
        Lead = self.env["crm.lead"]
        domain = [
            ("active", "=", False),
            ("probability", "=", 0),
            ("lost_reason_id", "=", False),
        ]
        unexplained = Lead.with_context(active_test=False).search_count(domain)
        yield self._finding(
            unexplained,
            _("%(count)s lost leads have no reason.", count=unexplained),
            _("Every lost lead has a reason."),
            "warning",
            fix="explain",
            lead_domain=domain,
        )
        domain = [("stage_id.is_lost", "=", True), ("active", "=", True)]
        unclosed = Lead.search_count(domain)
        yield self._finding(
            unclosed,
            _(
                "%(count)s leads are in a lost stage and are not closed: mark them "
                "as lost.",
                count=unclosed,
            ),
            _("Every lead in a lost stage is closed."),
            "warning",
            lead_domain=domain,
        )
        domain = [("stage_id", "=", False), ("active", "=", True)]
        unplaced = Lead.search_count(domain)
        yield self._finding(
            unplaced,
            _("%(count)s open leads have no stage.", count=unplaced),
            _("Every open lead has a stage."),
            "warning",
            fix="places",
            lead_domain=domain,
        )
        misplaced = self._get_leads_in_foreign_stages()
        yield self._finding(
            misplaced,
            _(
                "%(count)s open leads are in a stage of another team.",
                count=len(misplaced),
            ),
            _("Every open lead is in a stage of its team."),
            "warning",
            fix="places",
            lead_domain=[("id", "in", misplaced.ids)],
        )

    @api.model
    def _get_leads_in_foreign_stages(self):
        """Leads in stages that their team may not use.

        :return: crm.lead
        """
        pipeline = self.env["crm.stage"]._get_pipeline()
        groups = self.env["crm.lead"]._read_group(
            [("stage_id", "!=", False), ("team_id", "!=", False)],
            ["stage_id", "team_id"],
        )
        leads = self.env["crm.lead"]
        for stage, team in groups:
            if not pipeline.get(stage.id).serves(team.id):
                leads |= leads.search(
                    [("stage_id", "=", stage.id), ("team_id", "=", team.id)]
                )
        return leads


class CrmPipelineCheckLine(models.TransientModel):
    _name = "crm.pipeline.check.line"
    _inherit = "crm.pipeline.guard"
    _description = "Pipeline Configuration Finding"
    _order = "id"

    check_id = fields.Many2one("crm.pipeline.check", required=True, ondelete="cascade")
    state = fields.Selection(
        [("ok", "OK"), ("warning", "Warning"), ("error", "Missing")],
        required=True,
    )
    message = fields.Text(required=True)
    fix = fields.Selection(
        [
            ("lost_stage", "Add a lost stage"),
            ("order", "Number the stages as they are"),
            ("reasons", "Bring back the lost reasons"),
            ("explain", "Record the reason Other"),
            ("places", "Give each lead the nearest stage of its team"),
        ],
        "How to Fix",
    )
    lead_domain = fields.Char()

    def action_fix(self):
        """Fix what this line found, and look at the set-up again.

        :return: the action that opens the new findings
        :raises AccessError: for users who are no sales managers
        """
        self.ensure_one()
        check_access(self, "write")
        if self.fix:
            getattr(self, f"_fix_{self.fix}")()
        return self.check_id.action_run()

    def _fix_lost_stage(self):
        self.env["crm.stage"]._ensure_lost_stage()

    def _fix_order(self):
        """The order stays what it is, and is written down without equal numbers."""
        # a database has a dozen stages, and all of them are in the order
        stages = self.env["crm.stage"].search([], limit=None)
        for sequence, stage in enumerate(
            stages.sorted(lambda st: (st.sequence, st.id))
        ):
            stage.sequence = sequence

    def _fix_reasons(self):
        """The reasons this addon brings, or one where they were deleted."""
        archived = self.env["crm.lost.reason"].with_context(active_test=False)
        names = self.env["ir.model.data"].sudo()
        ours = names.search(
            [("module", "=", "crm_lead_pipeline_rules"), ("model", "=", archived._name)]
        )
        reasons = archived.browse(ours.mapped("res_id")).exists()
        if reasons:
            reasons.active = True
        else:
            self._create_reason_other()

    def _fix_explain(self):
        """Leads that were lost without a reason get Other."""
        leads = self.env["crm.lead"].with_context(active_test=False)
        lost = leads.search(
            [
                ("active", "=", False),
                ("probability", "=", 0),
                ("lost_reason_id", "=", False),
            ]
        )
        other = self.env.ref(REASON_OTHER, raise_if_not_found=False)
        lost.write({"lost_reason_id": (other or self._create_reason_other()).id})

    def _create_reason_other(self):
        """Create the reason that asks for a note.

        :return: crm.lost.reason
        """
        return self.env["crm.lost.reason"].create(
            {"name": _("Other"), "notes_required": True}
        )

    def _fix_places(self):
        """Put the leads into the stages that the rule takes them to be in."""
        leads = self.env["crm.lead"]
        unplaced = leads.search([("stage_id", "=", False)])
        (unplaced | self.check_id._get_leads_in_foreign_stages())._compute_stage_id()

    def action_show_leads(self):
        """Open the leads this line is about.

        :return: action
        :raises AccessError: for users who are no sales managers
        """
        self.ensure_one()
        check_access(self, "read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.crm_lead_opportunities"
        )
        action["name"] = _("Pipeline Configuration Check")
        action["domain"] = self.lead_domain or []
        action["views"].sort(key=lambda view: view[1] not in ("tree", "list"))
        action["context"] = {"active_test": False, "create": False}
        return action
