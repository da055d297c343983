from collections import defaultdict

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError

from ..compat import check_access
from ..const import (
    INTERNAL_CALL,
    JUDGED_FIELDS,
    LEAD_FACTS,
    MERGING,
    NAMED_LEADS,
    SKIP_STAGE_CHECK,
)
from ..lib.transitions import Refusal


class RefusedTogether(Exception):
    """Several rows of an import are refused: which, is seen when each is tried."""


class CrmLead(models.Model):
    _inherit = "crm.lead"

    pipeline_status = fields.Selection(
        [("open", "Open"), ("won", "Won"), ("lost", "Lost")],
        compute="_compute_pipeline_status",
        help="Whether the lead is still being worked, in the sense of its stage or, "
        "where the stage is open, of Odoo's own marks for won and lost.",
    )
    next_stage_id = fields.Many2one(
        "crm.stage",
        string="Next Stage",
        compute="_compute_next_stage_id",
        help="The only open stage this lead may be moved to.",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("team_id", "type")
    def _compute_stage_id(self):
        """A lead without a stage gets its team's first; one whose team does not have
        its stage gets that team's nearest stage that is not further on."""
        if not self:
            return
        pipeline = self.env["crm.stage"]._get_pipeline()
        misplaced = self.filtered(
            lambda lead: not lead._has_stage_of_its_team(pipeline)
        )
        unplaced = self.browse()
        for lead in misplaced:
            stage = pipeline.equivalent_stage(
                pipeline.get(lead.stage_id.id), lead.team_id.id
            )
            if stage is None:
                unplaced += lead
            elif stage.id != lead.stage_id.id:
                lead.stage_id = stage.id
        if unplaced:
            super(CrmLead, unplaced)._compute_stage_id()

    def _has_stage_of_its_team(self, pipeline):
        """Whether the lead's team may use the lead's stage.

        :param pipeline: the ``Pipeline`` of all stages
        :return: bool
        """
        stage = pipeline.get(self.stage_id.id)
        return bool(stage) and (not self.team_id or stage.serves(self.team_id.id))

    @api.depends("stage_id.is_won", "stage_id.is_lost", "active", "probability")
    def _compute_pipeline_status(self):
        for lead in self:
            if not lead.active and not lead.probability:
                lead.pipeline_status = "lost"
            elif lead.stage_id.is_won:
                lead.pipeline_status = "won"
            else:
                lead.pipeline_status = "lost" if lead.stage_id.is_lost else "open"

    def _is_pipeline_open(self):
        """Whether this lead is still being worked.

        :return: boolean
        """
        return self.pipeline_status == "open"

    @api.model
    def _get_pipeline_open_domain(self):
        """The same as a domain; archived leads are left out as in any search.

        :return: list of terms
        """
        return [
            ("active", "=", True),
            ("stage_id.is_won", "=", False),
            ("stage_id.is_lost", "=", False),
        ]

    @api.depends("stage_id.sequence", "team_id")
    def _compute_next_stage_id(self):
        pipeline = self.env["crm.stage"]._get_pipeline() if self else None
        for lead in self:
            following = pipeline.allowed(lead.stage_id.id, lead.team_id.id)
            lead.next_stage_id = following.id if following else False

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            self._prepare_closed_creation_vals(self._read_as_stored(vals))
            for vals in vals_list
        ]
        leads = super().create(vals_list)
        leads._explain_creation_as_lost()
        default_stage = self.env.context.get("default_stage_id")
        chosen = [bool(vals.get("stage_id", default_stage)) for vals in vals_list]
        self.browse(
            lead.id for lead, choice in zip(leads, chosen, strict=True) if choice
        )._check_creation_stage()
        return leads

    def write(self, vals):
        vals = self._read_as_stored(vals)
        if vals.get("stage_id"):
            self._read_stages(vals["stage_id"])
        vals = self._prepare_lost_vals(vals)
        may_close = not (vals.get("active", True) and vals.get("probability", True))
        was_open = self.filtered(lambda lead: may_close and lead._is_pipeline_open())
        facts = {lead.id: [lead[fname] for fname in LEAD_FACTS] for lead in self}
        if "stage_id" in vals:
            result = self._write_stage(vals, super().write)
        else:
            result = super().write(vals)
        was_open._on_lost_without_stage()
        if changed := self.filtered(
            lambda lead: facts[lead.id] != [lead[fname] for fname in LEAD_FACTS]
        ):
            changed._on_call_facts_changed()
        return result

    def _write_stage(self, vals, write):
        """Write values with a stage: judge the moves first, note skipped checks after.

        :param dict vals: values, with ``stage_id``
        :param write: the inherited ``write``
        :return: what it returns
        :raises UserError: when one of the leads would leave its path
        """
        merging = self.env.context.get(MERGING) is INTERNAL_CALL
        if merging:
            vals["stage_id"] = self._get_merged_stage(vals)
        moving = self.filtered(
            lambda lead: lead.stage_id.id != (vals["stage_id"] or False)
        )
        skips = bool(moving) and moving._skips_stage_check()
        if not (skips or merging):
            moving._check_stage_transition(vals)
        vals = moving._prepare_transition_vals(vals)
        origins = [(lead, lead.stage_id) for lead in moving] if skips else []
        result = write(vals)
        if origins:
            self._log_skipped_stage_check(origins)
        return result

    def _load_records(self, data_list, *args, **kwargs):
        """Show an import's refusals at the row they are about.

        Odoo tries many rows at once, and where they are refused reports that at the
        first of them, before it takes them one by one. It says nothing the first time
        of errors that are not for people.

        :param list data_list: rows, see Odoo
        :param args: see Odoo, passed on
        :param kwargs: see Odoo, passed on
        :return: what ``super`` returns
        :raises RefusedTogether: where several rows of an import are refused
        """
        try:
            return super()._load_records(data_list, *args, **kwargs)
        except UserError as error:
            if len(data_list) < 2 or not self.env.context.get("import_file"):
                raise
            raise RefusedTogether(str(error)) from error

    @api.model
    def _read_as_stored(self, vals):
        """A copy of the values, with those the rule judges as they will be stored.

        What comes over RPC may have any type: text for a reason's id, say, which Odoo
        takes for no reason at all.

        :param dict vals: values as for ``write``
        :return: dict
        """
        vals = dict(vals)
        for fname in JUDGED_FIELDS & vals.keys():
            field = self._fields[fname]
            value = field.convert_to_cache(vals[fname], self.browse(), validate=False)
            if field.type == "many2one":
                value = isinstance(value, int) and value
            vals[fname] = value
        return vals

    def _read_stages(self, target_id):
        """Read the stage the leads go to, and those they are in, in one statement.

        Odoo would read the first anyway, so that this costs nothing.

        :param target_id: id of the stage the leads go to, or False
        """
        stages = self.env["crm.stage"].sudo().browse(target_id) | self.sudo().stage_id
        stages.fetch(["is_won", "is_lost"])

    def copy_data(self, default=None):
        """The copy of a lost lead is a lead to work, not another lost one."""
        data = super().copy_data(default=default)
        for lead, vals in zip(self, data, strict=True):
            if lead.pipeline_status == "lost":
                vals.update(active=True, lost_reason_id=False)
        return data

    # ------------------------------------------------------------
    # ONE STEP FORWARD
    # ------------------------------------------------------------

    def _skips_stage_check(self):
        """Whether the caller asked to open the rule, and may.

        Any client can send the flag over RPC, and ``sudo()`` keeps the context: what
        counts is who the user is, not whether access is checked.

        :return: bool
        """
        return bool(self.env.context.get(SKIP_STAGE_CHECK)) and (
            self.env.uid == SUPERUSER_ID
            or self.env.user.has_group("sales_team.group_sale_manager")
        )

    def _check_stage_transition(self, vals):
        """Refuse the whole write when one lead would leave its path. Hook.

        :param dict vals: values as for ``write``, with ``stage_id``
        :raises UserError: with one sentence for each kind of wrong move
        """
        Stage = self.env["crm.stage"]
        if not self or Stage.sudo().browse(vals["stage_id"] or [])._is_closed():
            return
        pipeline = Stage._get_pipeline()
        refused = defaultdict(self.browse)
        for lead in self:
            team_id = vals.get("team_id", lead.team_id.id) or None
            why = pipeline.refusal(lead.stage_id.id, vals["stage_id"] or None, team_id)
            if why:
                allowed = pipeline.allowed(lead.stage_id.id, team_id)
                key = why, lead.stage_id.id, allowed.id if allowed else False
                refused[key] += lead
        if refused:
            raise UserError(self._get_refusal_message(refused))

    def _get_refusal_message(self, refused):
        """One sentence for each kind of wrong move; in a batch, with its leads.

        :param dict refused: leads by a tuple of the refusal, the id of their stage and
            the id of the allowed one, or False
        :return: sentences, one a line
        """
        Stage = self.env["crm.stage"].sudo()
        lines = []
        for (why, stage_id, allowed_id), leads in refused.items():
            lines.append(
                self._get_refusal_sentence(
                    why, Stage.browse(stage_id), Stage.browse(allowed_id)
                )
            )
            if len(self) > 1:
                lines.append(_("Refused: %(leads)s", leads=leads._get_some_names()))
        return "\n".join(lines)

    @api.model
    def _get_refusal_sentence(self, why, stage, allowed):
        """Why leads may not be moved.

        :param why: ``Refusal``
        :param stage: the crm.stage they are in
        :param allowed: the crm.stage they may go to, or none
        :return: sentence
        """
        if why is Refusal.NOT_NEXT:
            return _(
                "Leads can only move forward one stage at a time. From "
                '"%(stage)s" the only allowed next stage is "%(next)s". Use the Mark '
                "Won or Mark Lost buttons to close the lead instead.",
                stage=stage.name,
                next=allowed.name,
            )
        if why is Refusal.LAST:
            return _(
                "Leads can only move forward one stage at a time. "
                '"%(stage)s" is the last open stage. Use the Mark Won or Mark Lost '
                "buttons to close the lead instead.",
                stage=stage.name,
            )
        if why is Refusal.CLOSED:
            return _(
                "Leads can only move forward one stage at a time. "
                '"%(stage)s" is a closed stage and leads do not leave it for an open '
                "one. Create a new lead instead.",
                stage=stage.name,
            )
        if allowed:
            return _(
                "Leads can only move forward one stage at a time. A lead without a "
                'stage starts in "%(next)s".',
                next=allowed.name,
            )
        return _("There is no open stage for the sales team of this lead.")

    def _get_some_names(self):
        """The names of a few leads, quoted, and how many more there are.

        :return: text
        """
        names = ", ".join(f'"{lead.display_name}"' for lead in self[:NAMED_LEADS])
        more = len(self) - NAMED_LEADS
        if more > 0:
            return _("%(names)s and %(count)s more", names=names, count=more)
        return names

    def _prepare_transition_vals(self, vals):
        """Complete the values of a write that moves these leads to another stage.

        Into a Lost stage: they are closed as Odoo does. Out of one: they are active
        again.

        :param dict vals: values as for ``write``, with ``stage_id``
        :return: dict
        """
        target = self.env["crm.stage"].sudo().browse(vals["stage_id"] or [])
        if not self:
            return vals
        if target.is_lost:
            self._remember_stage_of_loss()
            return dict(vals, active=False, probability=0, automated_probability=0)
        revived = self.filtered(lambda lead: lead.stage_id.is_lost or not lead.active)
        if revived and (
            target.is_won or any(lead.stage_id.is_lost for lead in revived)
        ):
            vals = dict(vals, active=True, lost_reason_id=False)
        return vals

    def _log_skipped_stage_check(self, origins):
        """Note each use of the flag, and who used it, in the leads' chatters.

        :param origins: pairs of lead and the stage it came from
        """
        self._message_log_batch(
            bodies={
                lead.id: _(
                    'One-step rule skipped by %(user)s: "%(origin)s" to "%(target)s".',
                    user=self.env.user.name,
                    origin=origin.name or _("no stage"),
                    target=lead.stage_id.name or _("no stage"),
                )
                for lead, origin in origins
            }
        )

    def _check_creation_stage(self):
        """People create leads in the first stage, unless the company says otherwise.

        Data files and code that runs with elevated rights may create a lead anywhere,
        and a lead that is closed already may be recorded as such.

        :raises UserError: when a lead would begin in a later open stage
        """
        leads = self.filtered(lambda lead: lead._starts_in_first_stage())
        if not leads or self.env.su or leads._skips_stage_check():
            return
        pipeline = self.env["crm.stage"]._get_pipeline()
        for lead in leads:
            stage = pipeline.get(lead.stage_id.id)
            start = pipeline.start(lead.team_id.id)
            # stages of one number, say a team's own and a common one, may both be first
            if start and stage and not stage.closed and stage.sequence > start.sequence:
                raise UserError(
                    _(
                        'New leads start in the first stage. Create "%(lead)s" in '
                        '"%(start)s" instead of "%(stage)s".',
                        lead=lead.display_name,
                        start=self.env["crm.stage"].sudo().browse(start.id).name,
                        stage=lead.stage_id.name,
                    )
                )

    def _starts_in_first_stage(self):
        """Whether new leads of the lead's company start in the first stage.

        :return: bool
        """
        return (self.company_id or self.env.company).lead_start_first_stage

    def _require_access(self, operation):
        """Check rights and rules: any signed-in user can call a public method.

        :param str operation: ``read``, ``write`` or ``create``
        :raises AccessError: when the user may not do that
        """
        check_access(self, operation)

    # ------------------------------------------------------------
    # MERGE
    # ------------------------------------------------------------

    def _merge_opportunity(self, *args, **kwargs):
        """Merge without the one-step rule.

        :param args: see Odoo, passed on
        :param kwargs: see Odoo, passed on
        :return: the lead that is left
        """
        merging = self.with_context(**{MERGING: INTERNAL_CALL})
        merged = super(CrmLead, merging)._merge_opportunity(*args, **kwargs)
        return merged.with_env(self.env)

    def _get_merged_stage(self, vals):
        """The merged lead stays in the stage of its most advanced part, or takes the
        equivalent stage of its team; it never falls back to the start.

        :param dict vals: what Odoo's merge writes
        :return: id of a stage
        """
        self.ensure_one()
        pipeline = self.env["crm.stage"]._get_pipeline()
        own = pipeline.get(self.stage_id.id) or pipeline.get(vals["stage_id"])
        team_id = vals.get("team_id", self.team_id.id) or None
        stage = pipeline.equivalent_stage(own, team_id)
        return stage.id if stage else vals["stage_id"]

    def _sort_by_confidence_level(self, reverse=False):
        """Never merge an open lead into a lost one, however high its stage is.

        :param bool reverse: see Odoo
        :return: the leads in order
        """
        leads = super()._sort_by_confidence_level(reverse=reverse)
        lost = leads.filtered(lambda lead: lead.pipeline_status == "lost")
        return (leads - lost) + lost if reverse else lost + (leads - lost)
