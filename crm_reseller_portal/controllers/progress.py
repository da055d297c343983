from datetime import timedelta

from odoo import _, fields
from odoo.http import request

from ..forms import Milestone, ProgressForm
from ..models.crm_reseller_milestone import NOTHING
from .opportunities import ResellerOpportunities
from .routes import reseller_record_route

BOARD = "/my/opportunities?view=board"
# how long a quote is valid, until the reseller says otherwise
VALIDITY = timedelta(days=30)


class ResellerProgress(ResellerOpportunities):
    """The milestones of a deal."""

    @reseller_record_route(
        "/my/opportunities/<int:lead_id>/progress",
        methods=["POST"],
        form="_render_progress",
        operation="progress",
    )
    def reseller_progress(self, lead_sudo, back="", **post):
        """Report that a deal reached a milestone, or went back to one.

        Where more has to be entered, the visitor is led to the form for it.

        :param lead_sudo: crm.lead, elevated
        :param str back: ``board`` to return to the board; else the deal's page
        :param post: what the form sent
        :return: response
        """
        if not self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        lead_sudo._check_reseller_access("progress")
        milestones_sudo = lead_sudo._get_reseller_milestones()
        currency = lead_sudo.company_currency
        form = ProgressForm(
            post,
            self._get_formats(),
            milestones=self._describe_milestones(lead_sudo, milestones_sudo),
            current=lead_sudo.reseller_milestone_id.id,
            symbols=(currency.symbol or "", currency.name or ""),
            uploads=self._get_uploads(),
        )
        values = form.values
        if form.errors:
            return self._render_progress(
                lead_sudo, errors=form.errors, typed=form.typed, back=back
            )
        if values["open"]:
            query = f"milestone={values['milestone_id']}"
            if back == "board":
                query += "&back=board"
            path = lead_sudo._get_reseller_path()
            return request.redirect(f"{path}/progress?{query}")
        lead_sudo._reseller_progress(
            milestones_sudo.browse(values["milestone_id"]),
            values["reason"],
            values,
            values["documents"],
        )
        if back == "board":
            return request.redirect(f"{BOARD}&done=progress")
        return self._redirect_to_record(lead_sudo, "progress")

    def _describe_milestones(self, lead_sudo, milestones_sudo):
        """What the form has to know of the milestones.

        :param lead_sudo: crm.lead, elevated
        :param milestones_sudo: crm.reseller.milestone in order, elevated
        :return: dict of ``Milestone`` by id; the deal's own one also when archived
        """
        current_sudo = lead_sudo.reseller_milestone_id
        # one that is archived keeps its place, but cannot be reached again
        every = (milestones_sudo | current_sudo).sorted(lambda m: (m.sequence, m.id))
        return {
            each.id: Milestone(position, each.asks, each.document_required)
            for position, each in enumerate(every)
        }

    def _render_progress(
        self, lead_sudo, errors=None, typed=None, milestone="", back="", **post
    ):
        """Show what has to be entered for a milestone, or the milestones to choose.

        :param lead_sudo: crm.lead, elevated
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param str milestone: id of the milestone that is meant
        :param str back: ``board`` to return to the board
        :param post: further arguments of the address, ignored
        :return: response
        """
        if not self._is_deal_page(lead_sudo):
            return request.redirect(lead_sudo._get_reseller_path())
        lead_sudo._check_reseller_access("progress")
        formats = self._get_formats()
        typed = {
            "milestone_id": milestone,
            "amount": formats.number(lead_sudo.expected_revenue),
            "valid_until": fields.Date.to_string(formats.today + VALIDITY),
            "order_date": fields.Date.to_string(formats.today),
            **(typed or {}),
        }
        milestones_sudo = lead_sudo._get_reseller_milestones()
        current_sudo = lead_sudo.reseller_milestone_id
        chosen_sudo = milestones_sudo.filtered(
            lambda each: str(each.id) == typed["milestone_id"]
        )
        is_back = bool(
            chosen_sudo and current_sudo and chosen_sudo._is_before(current_sudo)
        )
        if not chosen_sudo or (chosen_sudo.asks == NOTHING and not is_back):
            chosen_sudo = chosen_sudo.browse()
        title = chosen_sudo.name or _("Move the deal")
        return self._render_record(
            lead_sudo,
            "crm_reseller_portal.portal_opportunity_progress",
            title=f"{title} | {request.env.company.name}",
            heading=title,
            typed=typed,
            errors=errors or {},
            milestones=milestones_sudo,
            current=current_sudo,
            chosen=chosen_sudo,
            is_back=is_back,
            back="board" if back == "board" else "",
        )

    # ------------------------------------------------------------
    # ON THE DEAL'S PAGE
    # ------------------------------------------------------------

    def _prepare_opportunity_values(self, lead_sudo, values):
        """Add the milestones to the values of a deal's page. Hook.

        :param lead_sudo: crm.lead, elevated
        :param dict values: what lead and deal share
        :return: dict, with ``may_progress``, ``milestone_late`` (days, or 0) and
            ``get_plan``: function that returns a pair of the steps (see the template
            ``reseller_stepper``) and the open tasks (list of dict with ``id``, ``name``
            and ``due_on``), for the pages that show them
        """
        result = super()._prepare_opportunity_values(lead_sudo, values)
        may_progress = result["is_open"] and "progress" in values["allowed"]
        due = lead_sudo.reseller_milestone_due_on
        late = result["is_open"] and due and (values["formats"].today - due).days
        result.update(
            may_progress=may_progress,
            milestone_late=max(late or 0, 0),
            get_plan=lambda: self._get_plan(lead_sudo, may_progress, result["is_open"]),
        )
        return result

    def _get_plan(self, lead_sudo, may_progress, is_open):
        """The milestones of a deal as steps, with who reached them and when; the tasks.

        :param lead_sudo: crm.lead, elevated
        :param bool may_progress: whether milestones can be set
        :param bool is_open: whether there is anything left to do
        :return: pair, see ``_prepare_opportunity_values``
        """
        moment = self._get_formats().moment
        path = lead_sudo._get_reseller_path()
        current = lead_sudo.reseller_milestone_id.id
        words = request.env["crm.reseller.milestone"]._get_words()
        shown = [each for each in words if each[3] or each[0] == current]
        here = next((n for n, each in enumerate(shown) if each[0] == current), -1)
        reached, tasks = lead_sudo._read_reseller_plan()
        steps = []
        for place, (milestone_id, name, asks, active) in enumerate(shown):
            state = "done" if place < here else "current" if place == here else "todo"
            entry = {"label": name, "state": state}
            if milestone_id in reached and place <= here:
                person, since = reached[milestone_id]
                entry["note"] = _(
                    "%(person)s, %(moment)s", person=person, moment=moment(since)
                )
            if may_progress and active:
                if place < here or asks != NOTHING:
                    entry["url"] = f"{path}/progress?milestone={milestone_id}"
                elif place != here:
                    entry["value"] = milestone_id
            steps.append(entry)
        return steps, tasks if is_open else []
