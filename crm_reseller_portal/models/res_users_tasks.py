from datetime import timedelta

from odoo import _, models

from .crm_reseller_task import OPEN

# a task is due soon within
SOON = timedelta(days=3)
LINES = 5


class ResUsers(models.Model):
    """The team's tasks among what waits for a person."""

    _inherit = "res.users"

    def _get_reseller_digest_sections(self, formats, *args, **kwargs):
        """Add the tasks that are due soon or overdue. Hook.

        :param formats: ``PageFormats`` of the person
        :param args: further arguments, passed on
        :param kwargs: further arguments, passed on
        :return: list of sections
        """
        sections = super()._get_reseller_digest_sections(formats, *args, **kwargs)
        if not self._get_reseller_sudo():
            return sections
        Lead = self.env["crm.lead"].sudo().with_context(active_test=False)
        tasks = (
            self.env["crm.reseller.task"]
            .sudo()
            .search_fetch(
                [
                    ("state", "=", OPEN),
                    ("due_on", "<=", formats.today + SOON),
                    ("lead_id", "in", Lead._search(self._get_reseller_lead_domain())),
                ],
                ["name", "due_on", "lead_id"],
            )
        )
        if tasks:
            sections.append(self._get_tasks_section(formats, tasks))
        return sections

    def _get_tasks_section(self, formats, tasks):
        """The tasks of the team that are due soon or overdue.

        :param formats: ``PageFormats`` of the person
        :param tasks: crm.reseller.task, elevated, soonest first
        :return: dict, see the class of ``_get_reseller_digest_sections``
        """
        total = len(tasks)
        late = tasks[0].due_on < formats.today
        return self._prepare_digest_section(
            "tasks",
            (
                _("1 task of our team is due")
                if total == 1
                else _("%(count)s tasks of our team are due", count=total)
            ),
            [
                {
                    "title": task.name,
                    "url": f"/my/opportunities/{task.lead_id.id}",
                    "detail": formats.day(task.due_on),
                }
                for task in tasks[:LINES]
            ],
            url="/my/opportunities" + ("?filterby=overdue" if late else ""),
            sequence=25,
            icon="fa-check-square-o",
            total=total,
            more=_("Show all opportunities"),
            colour="warning" if late else "info",
        )
