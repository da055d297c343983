from datetime import timedelta

import pytz

from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_base.lib.days import get_window

from ..forms import AwayForm
from .company import PATH, ResellerCompany
from .routes import reseller_form_route


class ResellerCompanyAway(ResellerCompany):
    """When the company, or the person who is signed in, is away."""

    def _prepare_company_values(self, reseller_sudo):
        """Add the absences of the company and of the person who is signed in.

        :param reseller_sudo: res.partner, elevated
        :return: dict of values for the template
        """
        person_sudo = request.env.user.partner_id.sudo()
        supervisor = request.env.user._is_reseller_supervisor()
        found = [
            ("me", _("You are away"), person_sudo, True),
            ("company", _("The company is away"), reseller_sudo, supervisor),
        ]
        now = self._get_formats().now
        return {
            **super()._prepare_company_values(reseller_sudo),
            "absences": [
                {
                    "whose": whose,
                    "label": label,
                    "days": self._show_absence(partner_sudo),
                    "may_end": may_end,
                }
                for whose, label, partner_sudo, may_end in found
                if partner_sudo.reseller_away_until
                and partner_sudo.reseller_away_until >= now
            ],
        }

    def _show_absence(self, partner_sudo):
        """The first and last day of an absence, in the reader's zone.

        :param partner_sudo: res.partner, elevated
        :return: text
        """
        return _(
            "%(start)s to %(end)s",
            start=self._show_away_day(partner_sudo.reseller_away_from),
            end=self._show_away_day(partner_sudo.reseller_away_until),
        )

    def _show_away_day(self, moment):
        """The day of a moment, in the reader's zone.

        :param datetime moment: naive, in UTC
        :return: text
        """
        formats = self._get_formats()
        zone = pytz.timezone(formats.timezone)
        return formats.day(pytz.utc.localize(moment).astimezone(zone).date())

    def _get_away_partner_sudo(self, whose):
        """Whose absence it is.

        :param str whose: ``me`` or ``company``
        :return: res.partner, elevated
        """
        reseller_sudo = self._get_reseller_or_404()
        person_sudo = request.env.user.partner_id.sudo()
        return reseller_sudo if whose == "company" else person_sudo

    @reseller_form_route(f"{PATH}/away", methods=["POST"], form="_render_company_form")
    def reseller_away(self, **post):
        """Say when the company or the person is away.

        :param post: what the form sent
        :return: response
        """
        self._get_reseller_or_404()
        form = AwayForm(post, self._get_formats())
        if form.errors:
            return self._render_company(form=form)
        values = form.values
        formats = self._get_formats()
        start, end = get_window(
            values["away_from"], values["away_until"], formats.timezone
        )
        self._get_away_partner_sudo(values["whose"])._reseller_set_away(
            max(start, formats.now),
            # the last second of the last day, for it is shown as a day
            end - timedelta(seconds=1),
        )
        return self._redirect_to_company("away")

    @reseller_form_route(f"{PATH}/back", methods=["POST"], form="_render_company_form")
    def reseller_back(self, whose="me", **post):
        """End an absence, or cancel one that is planned.

        :param str whose: ``me`` or ``company``
        :param post: what the form sent, ignored
        :return: response
        """
        self._get_away_partner_sudo(whose)._reseller_end_away()
        return self._redirect_to_company("back")
