from odoo import fields, models


class CrmDealRegistrationDecide(models.TransientModel):
    """The forms to return, to reject, and to move a protection; the results of many."""

    _name = "crm.deal.registration.decide"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Decide on Registrations"

    kind = fields.Selection(
        [
            ("qualify", "Qualify"),
            ("return", "Ask for More Information"),
            ("reject", "Reject"),
            ("override", "Move the Protection Here"),
        ],
        required=True,
        readonly=True,
    )
    registration_ids = fields.Many2many("crm.deal.registration", readonly=True)
    reason_id = fields.Many2one("crm.deal.registration.reason")
    text = fields.Text(string="Explanation")
    attachment_ids = fields.Many2many("ir.attachment", string="Documents")
    line_ids = fields.One2many(
        "crm.deal.registration.decide.line",
        "wizard_id",
        string="Results",
        readonly=True,
    )
    is_done = fields.Boolean(readonly=True)
    done_count = fields.Integer(string="Done", readonly=True)

    def _open(self):
        titles = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": titles[self.kind],
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Do it; what cannot be done is named, the rest is done.

        :return: an action that shows the result of each, or the end of the form
        """
        self.ensure_one()
        if self.is_done:
            return self._open()  # a second click changes nothing
        text = (self.text or "").strip()
        mine = self.attachment_ids.filtered(
            lambda document: document.create_uid == self.env.user
        )
        decide = {
            "qualify": lambda each: each._qualify(),
            "return": lambda each: each._return_question(text),
            "reject": lambda each: each._reject(self.reason_id, text),
            "override": lambda each: each._override(text, mine),
        }[self.kind]
        result = self.registration_ids._decide_each(decide, self)
        return result or {"type": "ir.actions.act_window_close"}

    def _show_results(self, results):
        """Show what became of each registration, failures first.

        :param list results: triples of registration, whether it was done, and what was
            wrong
        :return: action
        """
        self.write(
            {
                "is_done": True,
                "done_count": len([done for _each, done, _text in results if done]),
            }
        )
        self.env["crm.deal.registration.decide.line"].create(
            [
                {
                    "wizard_id": self.id,
                    "registration_id": registration.id,
                    "done": done,
                    "problem": text,
                }
                for registration, done, text in sorted(
                    results, key=lambda result: result[1]
                )
            ]
        )
        return self._open()


class CrmDealRegistrationDecideLine(models.TransientModel):
    _name = "crm.deal.registration.decide.line"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Result of a Decision"

    wizard_id = fields.Many2one(
        "crm.deal.registration.decide", required=True, ondelete="cascade"
    )
    registration_id = fields.Many2one(
        "crm.deal.registration", required=True, readonly=True, ondelete="cascade"
    )
    done = fields.Boolean(readonly=True)
    problem = fields.Char(string="Why Not", readonly=True)
