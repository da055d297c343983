from typing import NamedTuple

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

PROFILE_FIELDS = [
    ("address", "Address"),
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("website", "Website"),
    ("vat", "Tax ID"),
    ("logo", "Logo"),
    ("reseller_territory", "Territory"),
]


class StepType(NamedTuple):
    """A kind of steps, see ``_get_onboarding_step_types``."""

    label: str
    """In the language of the user."""
    observe: str = ""
    """Name of the method of ``crm.reseller.onboarding.step`` that finds out who did
    these steps, see ``_observe_signed_in``; empty where the team ticks them."""
    asks: str = ""
    """Name of the step's field that has to be filled."""
    lasts: bool = True
    """Whether it stays done when it is observed no longer."""
    path: str = ""
    """Name of the method that says where on the portal the step of a row is done, see
    ``_get_path``."""


class CrmResellerOnboardingStep(models.Model):
    """One thing that newcomers do."""

    _name = "crm.reseller.onboarding.step"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Onboarding Step"
    _order = "track_id, sequence, id"

    track_id = fields.Many2one(
        "crm.reseller.onboarding.track", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="track_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    description = fields.Text(
        translate=True, help="One or two sentences, shown to the reseller."
    )
    kind = fields.Selection(
        selection="_get_kind_selection",
        required=True,
        default="custom",
        help="What is observed. Steps of the kind Custom are ticked by the team.",
    )
    profile_field = fields.Selection(PROFILE_FIELDS, string="Filled Field")
    resource_id = fields.Many2one(
        "crm.reseller.resource", string="Resource", ondelete="restrict"
    )
    agreement_id = fields.Many2one(
        "crm.reseller.agreement", string="Agreement", ondelete="restrict"
    )
    needs_approval = fields.Boolean(
        string="Approved by the Team",
        help="What was observed waits until a sales administrator approves it.",
    )
    capacity_gain = fields.Integer(
        string="More Open Leads",
        default=1,
        help="How many more open leads the reseller may hold when the step is done.",
    )
    progress_ids = fields.One2many("crm.reseller.onboarding.progress", "step_id")

    _sql_constraints = [
        (
            "capacity_gain_positive",
            "CHECK (capacity_gain >= 0)",
            "The number of further leads cannot be below zero.",
        )
    ]

    @api.depends("name", "track_id.name")
    @api.depends_context("lang", "onboarding_step_with_track")
    def _compute_display_name(self):
        """Steps of two tracks may have one name: the board of newcomers says whose."""
        with_track = self.env.context.get("onboarding_step_with_track")
        for step in self:
            names = [step.track_id.name, step.name] if with_track else [step.name]
            step.display_name = " – ".join(filter(None, names))

    # ------------------------------------------------------------
    # KINDS
    # ------------------------------------------------------------

    @api.model
    def _get_onboarding_step_types(self):
        """The kinds of steps there are. Hook.

        An addon adds its kind here, with the method that observes it and, where it
        asks for more, a field of the step.

        :return: dict from the key of a kind to ``StepType``, in the order shown
        """
        return {"custom": StepType(_("Custom"))}

    @api.model
    def _get_kind_selection(self):
        """The kinds to choose from.

        :return: list of pairs of key and label
        """
        types = self._get_onboarding_step_types()
        return [(key, each.label) for key, each in types.items()]

    @api.model
    def _get_path(self, row):
        """Where on the portal a step is done.

        :param dict row: see ``crm.reseller.onboarding._read_for_portal``
        :return: address without the host; empty where there is no such page
        """
        kind = self._get_onboarding_step_types().get(row["kind"])
        return getattr(self, kind.path)(row) if kind and kind.path else ""

    def _observe_kind(self, kind, resellers):
        """Find out who did these steps, all of one kind.

        :param str kind: a key of ``_get_onboarding_step_types``
        :param resellers: res.partner, elevated
        :return: see ``_observe_signed_in``; None for a kind that is not observed
        """
        step_type = self._get_onboarding_step_types().get(kind)
        if not step_type or not step_type.observe:
            return None
        return getattr(self.sudo(), step_type.observe)(resellers)

    # ------------------------------------------------------------
    # CONSTRAINTS AND CRUD
    # ------------------------------------------------------------

    @api.constrains("kind", "profile_field", "resource_id", "agreement_id")
    def _check_complete(self):
        """Ask for what the kind of the step needs.

        :raises ValidationError: where it is missing
        """
        types = self._get_onboarding_step_types()
        for step in self:
            needed = types[step.kind].asks if step.kind in types else ""
            if needed and not step[needed]:
                field = self._fields[needed]
                raise ValidationError(
                    _(
                        "%(step)s: fill in %(field)s.",
                        step=step.name,
                        field=field._description_string(self.env),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        # those who are on the way already get the step, too
        steps.track_id.sudo().onboarding_ids._observe()
        return steps

    def write(self, vals):
        result = super().write(vals)
        if {"kind", "profile_field", "resource_id", "agreement_id"}.intersection(vals):
            self.track_id.sudo().onboarding_ids._observe()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        """Keep steps that somebody did; open ones go with the step.

        :raises UserError: for a step that was done
        """
        progress = self.sudo().progress_ids
        used = progress.filtered(lambda each: each.state in ("done", "skipped"))
        if used:
            raise UserError(
                _(
                    "%(step)s was done by resellers and cannot be deleted.",
                    step=used[0].step_id.name,
                )
            )
        progress.unlink()
