from odoo import _, api, fields, models
from odoo.exceptions import UserError

# What a reseller may do with a lead it holds, and the switch of the level that decides;
# None: every level may. Other addons add operations and switches of their own.
OPERATIONS = {
    "accept": None,
    "decline": None,
    "return": None,
    "ask": None,
    "attach": None,
    "delegate": None,
    "convert": "can_convert",
    "edit": "can_edit_opportunity",
    "contact": "can_edit_opportunity",
    "report": "can_report_outcome",
    "progress": "can_edit_opportunity",
    "task": None,
}


class CrmResellerLevel(models.Model):
    _name = "crm.reseller.level"
    _description = "Reseller Level"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share the level."
    )
    weight = fields.Integer(
        string="Level Weight",
        default=1,
        required=True,
        help="The higher the weight, the more leads the resellers of this level get. "
        "With 0 they get none automatically.",
    )
    description = fields.Text(translate=True)
    response_hours = fields.Float(
        string="Time to Answer (hours)",
        default=24.0,
        help="Working hours a reseller of this level has to answer an offer. "
        "0: offers have no deadline.",
    )
    offer_again_days = fields.Integer(
        string="Offer Again After (days)",
        default=0,
        help="An offer that was not answered in time may go to the same reseller again "
        "after this many days. 0: never. Declined leads are never offered again.",
    )
    can_convert = fields.Boolean(
        string="Convert Leads",
        default=True,
        help="May turn an accepted lead into an opportunity.",
    )
    can_edit_opportunity = fields.Boolean(
        string="Edit Opportunities",
        default=True,
        help="May change revenue, probability, closing date, next step and milestone.",
    )
    can_report_outcome = fields.Boolean(
        string="Report Won or Lost",
        default=True,
        help="May report that a deal was won or lost.",
    )
    reseller_count = fields.Integer(
        string="Resellers", compute="_compute_reseller_count"
    )

    _sql_constraints = [
        (
            "weight_positive",
            "CHECK (weight >= 0)",
            "The weight of a level cannot be below zero.",
        ),
        (
            "response_hours_positive",
            "CHECK (response_hours >= 0)",
            "The time to answer cannot be below zero.",
        ),
        (
            "offer_again_days_positive",
            "CHECK (offer_again_days >= 0)",
            "The days after which a lead is offered again cannot be below zero.",
        ),
    ]

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reseller_count(self):
        counts = {
            level.id: count
            for level, count in self.env["res.partner"]._read_group(
                [("reseller_level_id", "in", self.ids)],
                ["reseller_level_id"],
                ["__count"],
            )
        }
        for level in self:
            level.reseller_count = counts.get(level.id, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        """Keep levels that resellers have.

        :raises UserError: with the number of resellers
        """
        # archived resellers and those of other companies hold the level as well
        groups = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(
                [("reseller_level_id", "in", self.ids)],
                ["reseller_level_id"],
                ["__count"],
            )
        )
        if groups:
            each = _("%(level)s (%(count)s)")
            used = ", ".join(
                each % {"level": level.name, "count": count} for level, count in groups
            )
            total = sum(count for _level, count in groups)
            raise UserError(
                _(
                    "%(total)s resellers still have this level: %(used)s. Give them "
                    "another level first, or archive this one.",
                    total=total,
                    used=used,
                )
            )

    def _allows(self, operation):
        """Whether resellers of this level may do something with their leads. Hook.

        :param str operation: a key of ``OPERATIONS``
        :return: bool
        """
        self.ensure_one()
        switch = OPERATIONS.get(operation)
        return not switch or self[switch]

    def action_view_resellers(self):
        """Open the resellers of these levels.

        :return: action
        :raises AccessError: for users who work with no leads
        """
        self.env["crm.lead"]._check_internal_access()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_base.res_partner_reseller_action"
        )
        action["domain"] = [("reseller_level_id", "in", self.ids)]
        if len(self) == 1:
            action["context"] = {"default_reseller_level_id": self.id}
        return action
