from odoo.http import request

from .deal_lists import ResellerDealLists
from .routes import reseller_record_route


class ResellerTasks(ResellerDealLists):
    """What the team asks a reseller to do."""

    @reseller_record_route(
        "/my/opportunities/<int:lead_id>/tasks/<int:task_id>/done", methods=["POST"]
    )
    def reseller_task_done(self, lead_sudo, task_id, **post):
        """Tick a task off; sending it twice does it once.

        :param lead_sudo: crm.lead, elevated
        :param int task_id: id of a crm.reseller.task
        :param post: what the form sent, ignored
        :return: response
        """
        lead_sudo._reseller_finish_task(task_id)
        return self._redirect_to_record(lead_sudo, "task")

    def _get_opportunity_filters(self):
        """Let overdue tasks count as overdue steps. Hook.

        :return: dict, see the list of deals
        """
        filters = super()._get_opportunity_filters()
        late = (
            request.env["crm.reseller.task"]
            .sudo()
            ._search(
                [("state", "=", "open"), ("due_on", "<", self._get_formats().today)]
            )
        )
        overdue = filters["overdue"]
        step = overdue["domain"][-1]
        overdue["domain"] = [
            *overdue["domain"][:-1],
            "|",
            step,
            ("reseller_task_ids", "in", late),
        ]
        return filters
