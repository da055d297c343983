import pytz

from odoo import _
from odoo.http import request

from ..forms import SettingsForm
from .company import PATH, ResellerCompany
from .routes import reseller_form_route

YEAR = 365 * 24 * 60 * 60  # seconds


class ResellerCompanySettings(ResellerCompany):
    """Notifications, language and time zone of the person who is signed in."""

    def _prepare_company_values(self, reseller_sudo):
        """Add a summary of the settings.

        :param reseller_sudo: res.partner, elevated
        :return: dict of values for the template
        """
        user = request.env.user
        codes = dict(request.env["res.lang"].sudo().get_installed())
        return {
            **super()._prepare_company_values(reseller_sudo),
            "my_language": codes.get(user.lang, user.lang),
            "my_zone": user.tz or "UTC",
        }

    def _get_notification_choices(self):
        """The ways to be notified.

        :return: list of pairs of key and label
        """
        field = request.env["crm.reseller.notification.choice"]._fields["choice"]
        return field._description_selection(request.env)

    def _get_digest_choices(self):
        """How often there can be a digest.

        :return: list of pairs of key and label
        """
        field = request.env["res.partner"]._fields["reseller_digest"]
        return field._description_selection(request.env)

    @reseller_form_route(f"{PATH}/settings", methods=["POST"], form="_render_settings")
    def reseller_settings(self, **post):
        """Save the settings of the person who is signed in.

        :param post: what the form sent
        :return: response
        """
        self._get_reseller_or_404()
        person = request.env.user.partner_id
        form = SettingsForm(
            post,
            self._get_formats(),
            events=list(person._get_reseller_notification_events()),
            languages=dict(request.env["res.lang"].sudo().get_installed()),
            zones={*pytz.common_timezones, request.env.user.tz},
        )
        if form.errors:
            return self._render_settings(errors=form.errors, typed=form.typed)
        values = form.values
        person._reseller_save_settings(values.pop("choices"), values)
        response = self._redirect_to_company("settings")
        if values.get("lang"):
            # the page follows at once, not only the mails
            response.set_cookie("frontend_lang", values["lang"], max_age=YEAR)
        return response

    def _render_settings(self, errors=None, typed=None, **post):
        """Show the form with the settings.

        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        self._get_reseller_or_404()
        user = request.env.user
        person = user.partner_id
        now = person._get_reseller_notifications()
        zone = user.tz or "UTC"
        # one that is no longer common stays
        zones = [*pytz.common_timezones]
        if zone not in pytz.common_timezones_set:
            zones.insert(0, zone)
        values = self._prepare_company_page(
            _("My settings"),
            errors=errors or {},
            typed={
                "digest": person.sudo().reseller_digest,
                "lang": user.lang,
                "tz": zone,
                **{f"event_{event}": choice for event, choice in now.items()},
                **(typed or {}),
            },
            events=person._get_reseller_notification_events(),
            choices=self._get_notification_choices(),
            digests=self._get_digest_choices(),
            # the layout has languages of its own
            my_languages=request.env["res.lang"].sudo().get_installed(),
            zones=zones,
        )
        return self._render_reseller_page(
            "crm_reseller_portal.portal_my_company_settings", values
        )
