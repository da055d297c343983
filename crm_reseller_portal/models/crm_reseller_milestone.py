from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError

NOTHING = "nothing"
QUOTE = "quote"
ORDER = "order"


class CrmResellerMilestone(models.Model):
    """How far a reseller says it has come with a deal; never a stage of the team."""

    _name = "crm.reseller.milestone"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Reseller Milestone"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    expected_days = fields.Integer(
        help="How many days a deal usually stays here. After them the reseller is "
        "reminded first, then the salesperson. 0: no one is.",
    )
    asks = fields.Selection(
        [
            (NOTHING, "Nothing"),
            (QUOTE, "Amount and validity of the quote"),
            (ORDER, "Number, date and amount of the order"),
        ],
        string="Asks For",
        default=NOTHING,
        required=True,
        help="What the reseller enters to reach this milestone.",
    )
    document_required = fields.Boolean(
        help="The reseller has to add the quote or the order as a document.",
    )

    _sql_constraints = [
        (
            "expected_days_positive",
            "CHECK (expected_days >= 0)",
            "The expected days cannot be below zero.",
        ),
    ]

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reached(self):
        """Keep milestones that deals reached.

        :raises UserError: where one was
        """
        reached = (
            self.env["crm.reseller.progress"]
            .sudo()
            .search_count(
                [
                    "|",
                    ("milestone_id", "in", self.ids),
                    ("previous_id", "in", self.ids),
                ],
                limit=1,
            )
        )
        if reached:
            raise UserError(_("Deals have reached this milestone: archive it instead."))

    def _is_before(self, other):
        """Whether this milestone comes before another one.

        :param other: crm.reseller.milestone
        :return: bool
        """
        return (self.sequence, self.id) < (other.sequence, other.id)

    @api.model
    @tools.ormcache("self.env.lang")
    def _get_words(self):
        """All milestones in order, archived ones too, for the pages of deals.

        :return: tuple of tuples of id, name, what it asks for and whether it is active
        """
        return tuple(
            (each.id, each.name, each.asks, each.active)
            for each in self.sudo().with_context(active_test=False).search([])
        )
