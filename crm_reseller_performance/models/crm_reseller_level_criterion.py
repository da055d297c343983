from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class CrmResellerLevelCriterion(models.Model):
    """What a level asks of its resellers, in one measure or typed in."""

    _name = "crm.reseller.level.criterion"
    _description = "Criterion of a Reseller Level"
    _order = "level_id, sequence, id"

    level_id = fields.Many2one(
        "crm.reseller.level", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("measure", "Measured"), ("custom", "Typed In")],
        default="measure",
        required=True,
    )
    measure = fields.Selection(
        selection=lambda self: self._get_measure_selection(),
        help="What is measured. How is said under CRM > Reporting.",
    )
    custom_name = fields.Char(
        string="What Is Typed In",
        help="e.g. Certified people. The same words on several levels share one value.",
    )
    name = fields.Char(compute="_compute_name")
    better = fields.Selection(
        [("up", "At least"), ("down", "At most")],
        compute="_compute_better",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    target = fields.Float(required=True, help="Needed to reach the level.")
    floor = fields.Float(
        help="Needed to keep the level; below the target, so that no one falls and "
        "rises by the week. For a maximum it is above the target.",
    )
    window_days = fields.Integer(
        string="Days Looked at",
        default=180,
        required=True,
        help="Figures of the situation now look at no span of time.",
    )
    company_id = fields.Many2one(related="level_id.company_id", store=True)

    _sql_constraints = [
        (
            "window_positive",
            "CHECK (window_days > 0)",
            "A criterion looks at one day at least.",
        ),
    ]

    @api.model
    def _get_measure_selection(self):
        """The measures that can be a criterion: those of which more or less is better.

        :return: list of pairs of key and label
        """
        Measure = self.env["crm.reseller.measure"]
        labels = Measure._get_measure_labels()
        return [
            (key, labels[key])
            for key, measure in Measure._get_measures().items()
            if measure.better
        ]

    @api.depends("kind", "measure", "custom_name")
    @api.depends_context("lang")
    def _compute_name(self):
        labels = self.env["crm.reseller.measure"]._get_measure_labels()
        for criterion in self:
            criterion.name = (
                labels.get(criterion.measure, "")
                if criterion.kind == "measure"
                else criterion.custom_name
            )

    @api.depends("kind", "measure")
    def _compute_better(self):
        measures = self.env["crm.reseller.measure"]._get_measures()
        for criterion in self:
            measure = measures.get(criterion.measure)
            if criterion.kind == "measure" and measure:
                criterion.better = measure.better or "up"
            else:
                criterion.better = criterion.better or "up"

    @api.constrains("kind", "measure", "custom_name", "target", "floor", "better")
    def _check_complete(self):
        """Ask for what is measured or typed in, and for a floor no stricter than the
        target.

        :raises ValidationError: where something is missing or contradictory
        """
        for criterion in self:
            if criterion.kind == "measure" and not criterion.measure:
                raise ValidationError(_("Choose what is measured."))
            if criterion.kind == "custom" and not criterion.custom_name:
                raise ValidationError(_("Say what is typed in."))
            gap = criterion.floor - criterion.target
            if gap > 0 if criterion.better == "up" else gap < 0:
                raise ValidationError(
                    _(
                        "%(criterion)s: keeping a level cannot be harder than "
                        "reaching it.",
                        criterion=criterion.name,
                    )
                )

    def _get_topic(self):
        """What is typed in: criteria of several levels can share it.

        :return: text
        """
        self.ensure_one()
        return (self.custom_name or "").strip().lower()

    def _get_unit(self):
        """The unit of the target.

        :return: as of ``lib.measures.Measure``
        """
        self.ensure_one()
        measure = self.env["crm.reseller.measure"]._get_measures().get(self.measure)
        return measure.unit if self.kind == "measure" and measure else "count"
