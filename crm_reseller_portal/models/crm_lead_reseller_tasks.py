from odoo import _, fields, models
from odoo.tools import plaintext2html

from .crm_reseller_task import CANCELLED, OPEN


class CrmLead(models.Model):
    """The team's tasks for the reseller of a deal."""

    _inherit = "crm.lead"

    reseller_task_ids = fields.One2many(
        "crm.reseller.task", "lead_id", string="Tasks for the Reseller"
    )

    def _reseller_finish_task(self, task_id):
        """A task of the team is done; say so in the history. Twice counts once.

        :param int task_id: id of a crm.reseller.task; one that is not this deal's is
            left alone
        """
        self.ensure_one()
        self._check_reseller_access("task")
        lead = self.sudo()
        done = lead.reseller_task_ids.filtered(
            lambda task: task.id == task_id and task.reseller_id == lead.reseller_id
        )._finish()
        if not done:
            return
        team = self.with_context(lang=self._get_reseller_team_lang())
        text = team._get_task_done_text(done.name)
        asked_by = done.user_id.filtered("active").partner_id
        team._post_as_reseller(plaintext2html(text), people=asked_by)
        self._on_reseller_work({"step"})

    def _get_task_done_text(self, name):
        """The note about a task that is done.

        :param str name: what was to do
        :return: text in the language of the context
        """
        return _("Task done: %(task)s", task=name)

    def _release_from_resellers(self, holders):
        """What a reseller was asked to do ends when it loses the deal.

        :param dict holders: id of the reseller that held the lead, by the lead's id
        :return: what ``super`` returns
        """
        result = super()._release_from_resellers(holders)
        self.sudo().reseller_task_ids.filtered(
            lambda task: task.state == OPEN
            and task.reseller_id.id == holders.get(task.lead_id.id)
        ).state = CANCELLED
        return result

    def _on_reseller_closed(self):
        """Nothing is left to do on a deal that was won or lost.

        :return: what ``super`` returns
        """
        result = super()._on_reseller_closed()
        self.sudo().reseller_task_ids.filtered(
            lambda task: task.state == OPEN
        ).state = CANCELLED
        return result

    def _merge_dependences(self, opportunities):
        """Keep the tasks; open ones of another reseller end.

        :param opportunities: the leads that are merged into this one
        :return: what ``super`` returns
        """
        tasks = opportunities.sudo().reseller_task_ids
        result = super()._merge_dependences(opportunities)
        head = self.sudo()
        tasks.write({"lead_id": head.id})
        tasks.filtered(
            lambda task: task.state == OPEN and task.reseller_id != head.reseller_id
        ).state = CANCELLED
        return result
