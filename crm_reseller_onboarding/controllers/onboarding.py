from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.home import ResellerHome
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_form_route

from ..models.crm_reseller_onboarding import FINISHED, WANTED

PATH = "/my/onboarding"


class ResellerOnboarding(ResellerHome):
    """The steps of a newcomer: on the home page, and on a page of their own."""

    def _prepare_reseller_home_values(self):
        """Add the steps of a newcomer, the guide and the news. Hook.

        :return: dict of values for the template, with ``onboarding`` (see
            ``_describe_onboarding``), ``guide_name`` and ``announcements`` (see
            ``crm.reseller.onboarding._read_home``)
        """
        Onboarding = request.env["crm.reseller.onboarding"].sudo()
        found = Onboarding._read_home(request.env.user, self._get_formats().today)
        return {
            **super()._prepare_reseller_home_values(),
            "onboarding": self._describe_onboarding(found["onboarding"]),
            "guide_name": found["guide"],
            "announcements": found["news"],
        }

    def _describe_onboarding(self, entry):
        """The steps of a company, as pages show them.

        :param dict entry: see ``crm.reseller.onboarding._read_for_portal``, or None
        :return: dict with ``name``, ``done`` and ``total`` (numbers), ``capacity``
            (text, may be empty) and ``steps``: list of dict with ``name``,
            ``description``, ``state``, ``state_label``, ``url`` (empty where there is
            no page, or nothing to do), ``note`` and ``finished``; None without an entry
        """
        if not entry:
            return None
        Step = request.env["crm.reseller.onboarding.step"].sudo()
        Progress = request.env["crm.reseller.onboarding.progress"]
        labels = dict(Progress._fields["state"]._description_selection(request.env))
        steps = [
            {
                "name": row["name"],
                "description": row["description"] or "",
                "state": row["state"],
                "state_label": labels[row["state"]],
                "url": Step._get_path(row) if row["state"] in WANTED else "",
                "note": self._get_step_note(row),
                "finished": row["state"] in FINISHED,
            }
            for row in entry["rows"]
        ]
        Onboarding = request.env["crm.reseller.onboarding"]
        return {
            "name": entry["name"],
            "done": len([step for step in steps if step["finished"]]),
            "total": len(steps),
            "capacity": Onboarding._get_capacity_text(entry),
            "steps": steps,
        }

    def _get_step_note(self, row):
        """When a step was done, or who does it.

        :param dict row: see ``crm.reseller.onboarding._read_for_portal``
        :return: text, may be empty
        """
        state = row["state"]
        if state == "done" and row["done_on"]:
            moment = self._get_formats().moment(row["done_on"])
            return _("Done on %(moment)s", moment=moment)
        if state == "waiting":
            return _("Our team looks at it.")
        if state == "reopened":
            return _("Please do this again.")
        if state == "pending" and row["kind"] == "custom":
            return _("Our team confirms this step.")
        return ""

    @reseller_form_route(PATH)
    def reseller_onboarding(self, **post):
        """Show all steps, and what they are good for.

        :param post: further arguments of the address, ignored
        :return: response
        """
        reseller_sudo = self._get_reseller_or_404()
        entry = (
            request.env["crm.reseller.onboarding"]
            .sudo()
            ._read_for_portal(reseller_sudo)
        )
        values = self._prepare_reseller_page(
            "reseller_onboarding",
            _("Your first steps"),
            onboarding=self._describe_onboarding(entry),
        )
        return self._render_reseller_page(
            "crm_reseller_onboarding.portal_my_onboarding", values
        )
