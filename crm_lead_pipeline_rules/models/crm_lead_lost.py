from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..compat import archiving_is_losing, pls_arguments, team_field
from ..const import CLOSING, INTERNAL_CALL, REASON_OTHER


class CrmLead(models.Model):
    """Won and Lost: how a lead is closed."""

    _inherit = "crm.lead"

    lost_from_stage_id = fields.Many2one(
        "crm.stage",
        string="Lost from Stage",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The stage the lead was in when it was lost.",
    )

    is_in_lost_stage = fields.Boolean(related="stage_id.is_lost")

    def action_mark_lost(self):
        """Open the lost wizard, for one lead or several.

        :return: action
        :raises AccessError: for users who may not read the leads
        """
        self._require_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.crm_lead_lost_action"
        )
        action["context"] = {
            "default_lead_ids": self.ids,
            "dialog_size": "medium",
        }
        return action

    def action_set_lost(self, **additional_values):
        """Move to the Lost stage of each lead's team, and close as Odoo does.

        :param additional_values: values to write, such as ``lost_reason_id``
        :return: what ``super`` returns
        :raises UserError: when a person gives no reason
        """
        reason_id = additional_values.get("lost_reason_id")
        if not reason_id:
            additional_values.pop("lost_reason_id", None)
        # some may be in a Lost stage and be alive, from the time before this addon
        alive = self.filtered(lambda le: le.active or le.pipeline_status != "lost")
        for stage, leads in alive._group_by_lost_stage():
            without_reason = leads.filtered(lambda lead: not lead.lost_reason_id)
            if not reason_id and without_reason:
                without_reason.write(
                    {"lost_reason_id": without_reason._get_fallback_reason()}
                )
            if stage:
                leads.write(
                    {
                        **additional_values,
                        "stage_id": stage.id,
                        "active": False,
                        "probability": 0,
                        "automated_probability": 0,
                    }
                )
            elif reason_id:
                leads.write({"lost_reason_id": reason_id})
        return super().action_set_lost(**additional_values)

    def action_set_won(self):
        """Refuse in plain words where there is no stage to go to.

        :return: what ``super`` returns
        :raises UserError: when a lead's team has no Won stage
        """
        won_stages = self.env["crm.stage"].search([("is_won", "=", True)])
        if any(not lead._pick_stage(won_stages) for lead in self):
            raise UserError(
                _(
                    'No won stage configured. Tick "Is Won Stage?" on a stage of the '
                    "lead's sales team under Configuration, Stages."
                )
            )
        closing = self.with_context(**{CLOSING: INTERNAL_CALL})
        return super(CrmLead, closing).action_set_won()

    def _on_lost_without_stage(self):
        """Leads that people have just lost by another way go to the Lost stage too.

        Say, by archiving one in a list with a reason. What programs with elevated
        rights archive stays where it is.
        """
        if self.env.su:
            return
        lost = self.filtered(
            lambda lead: lead.pipeline_status == "lost" and not lead.stage_id.is_lost
        )
        for stage, leads in lost._group_by_lost_stage() if lost else ():
            if stage:
                leads.write({"stage_id": stage.id})

    def _group_by_lost_stage(self):
        """These leads by the Lost stage of their team.

        :return: pairs of a stage, or none, and leads
        """
        lost_stages = self.env["crm.stage"].search([("is_lost", "=", True)])
        groups = {}
        for lead in self:
            stage = lead._pick_stage(lost_stages)
            groups[stage] = groups.get(stage, self.browse()) + lead
        return groups.items()

    def _pick_stage(self, stages):
        """The first of these stages that the lead's team may use; its own first.

        :param stages: crm.stage to choose from, in order
        :return: crm.stage, one or none
        """
        field = team_field(stages)
        own = stages.filtered(
            lambda stage: stage[field] and self.team_id in stage[field]
        )
        return (own or stages.filtered(lambda stage: not stage[field]))[:1]

    def _get_fallback_reason(self):
        """The reason of leads that a program closes without one. People are asked
        instead.

        :return: id of a crm.lost.reason
        :raises UserError: for people, and where the reason was deleted
        """
        other = self.env.ref(REASON_OTHER, raise_if_not_found=False)
        if not self.env.su or not other:
            raise UserError(self._get_reason_missing_message())
        return other.id

    def _get_reason_missing_message(self):
        """The sentence about a reason that is missing.

        :return: text; in a batch, with the leads
        """
        sentence = _(
            "A lead is never lost without a reason. Use the Mark Lost button and "
            "choose one."
        )
        if len(self) < 2:
            return sentence
        return "\n".join(
            [sentence, _("Refused: %(leads)s", leads=self._get_some_names())]
        )

    @api.model
    def _prepare_closed_creation_vals(self, vals):
        """A lead created in a Lost stage is closed, and has its reason.

        :param dict vals: values as for ``create``
        :return: dict
        :raises UserError: when the reason is missing
        """
        stage_id = vals.get("stage_id", self.env.context.get("default_stage_id"))
        if not stage_id or not self.env["crm.stage"].sudo().browse(stage_id).is_lost:
            return vals
        if not vals.get("lost_reason_id"):
            raise UserError(self._get_reason_missing_message())
        return dict(
            vals,
            stage_id=stage_id,
            active=False,
            probability=0,
            automated_probability=0,
            date_closed=vals.get("date_closed") or fields.Datetime.now(),
        )

    def _explain_creation_as_lost(self):
        """A lead created with Odoo's own marks for lost has its reason too.

        :raises UserError: when a person gives none
        """
        unexplained = self.filtered(
            lambda lead: lead._is_marked_lost() and not lead.lost_reason_id
        )
        if unexplained:
            reason_id = unexplained._get_fallback_reason()
            unexplained.write({"lost_reason_id": reason_id})

    def _is_marked_lost(self):
        """Whether Odoo takes the lead for lost.

        Up to Odoo 17 every archived lead is. Its programs may archive one for reasons
        of their own; what people archive they lose.

        :return: bool
        """
        if self.active:
            return False
        return not self.probability or (archiving_is_losing(self) and not self.env.su)

    def _prepare_lost_vals(self, vals):
        """Keep the two rules of Lost: never without a reason, and never restored.

        :param dict vals: values as for ``write``
        :return: dict
        :raises UserError: when the write would break one of them
        """
        stage = self.env["crm.stage"].sudo().browse(vals.get("stage_id") or [])
        if (
            vals.get("active")
            and (not stage or stage.is_lost)
            and self.env.context.get(CLOSING) is not INTERNAL_CALL
        ):
            lost = self.filtered(lambda lead: lead.stage_id.is_lost and not lead.active)
            if lost:
                raise UserError(
                    _(
                        "A lost lead is not restored. Create a new lead instead: it "
                        "will be linked to this one."
                    )
                )
        if not (
            stage.is_lost
            or not vals.get("active", True)
            or not vals.get("probability", True)
            or not vals.get("lost_reason_id", True)
        ):
            return vals
        unexplained = self.filtered(lambda lead: lead._is_lost_unexplained(stage, vals))
        if unexplained and (stage.is_lost or "lost_reason_id" in vals):
            raise UserError(unexplained._get_reason_missing_message())
        if unexplained:
            reason_id = unexplained._get_fallback_reason()
            unexplained.write({"lost_reason_id": reason_id})
        return vals

    def _is_lost_unexplained(self, stage, vals):
        """Whether the write would make this lead lost, or leave it so, for no reason.

        Leads that were so before, from the time before this addon, may stay so.

        :param stage: the crm.stage the lead goes to, or none
        :param dict vals: values as for ``write``
        :return: bool
        """
        if vals.get("lost_reason_id", self.lost_reason_id):
            return False
        if stage.is_lost:
            return self.stage_id != stage
        if vals.get("active", self.active):
            return False
        was_unexplained = not (self.active or self.probability or self.lost_reason_id)
        archives = self.active and archiving_is_losing(self) and not self.env.su
        return not was_unexplained and (
            archives or not vals.get("probability", self.probability)
        )

    def _remember_stage_of_loss(self):
        """Note the stage each lead is in, all in one statement.

        Scoring learns from the stage a lead was lost in, and so do the reports.
        """
        leads = self.filtered(lambda lead: not lead.stage_id.is_lost)
        if not leads:
            return
        leads.flush_recordset(["stage_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead SET lost_from_stage_id = stage_id WHERE id IN %s",
                tuple(leads.ids),
            )
        )
        leads.invalidate_recordset(["lost_from_stage_id"], flush=False)

    def _pls_get_lead_pls_values(self, domain=None):
        """Score a lost lead by the stage it was lost in, not by the Lost stage.

        :param domain: which leads, see Odoo
        :return: dict by lead id, see Odoo
        """
        values = super()._pls_get_lead_pls_values(**pls_arguments(domain))
        lost = self.browse(values).filtered(
            lambda lead: lead.lost_from_stage_id and lead.stage_id.is_lost
        )
        for lead in lost:
            entry = values[lead.id]
            entry["values"] = [
                (field, lead.lost_from_stage_id.id if field == "stage_id" else value)
                for field, value in entry["values"]
            ]
        return values
