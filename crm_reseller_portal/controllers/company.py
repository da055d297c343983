from odoo import _
from odoo.http import request

from .home import ResellerHome
from .routes import reseller_form_route

PATH = "/my/reseller"
ICON = "/crm_reseller_portal/static/src/img/company.svg"
# more of them would make the page heavier than 45 kB
PEOPLE_SHOWN = 50


class ResellerCompany(ResellerHome):
    """The page of the reseller's own company, which its subjects add to."""

    def _get_reseller_tabs(self):
        """Add the section of the own company.

        :return: list of dicts, see the portal
        """
        return [
            *super()._get_reseller_tabs(),
            {
                "key": "reseller_company",
                "label": _("My company"),
                "url": PATH,
                "sequence": 90,
                "icon": "fa-users",
            },
        ]

    def _get_reseller_home_cards(self, counts):
        """Add the card of the own company.

        :param dict counts: see ``_count_reseller_leads``
        :return: list of dicts, see the portal
        """
        return [
            *super()._get_reseller_home_cards(counts),
            {
                "key": "reseller_company",
                "title": _("My company"),
                "url": PATH,
                "count": None,
                "text": _("Colleagues, absences, notifications and what was agreed"),
                "icon": ICON,
                "sequence": 90,
            },
        ]

    @reseller_form_route(PATH)
    def reseller_company(self, done=None, **post):
        """Show the reseller's own company.

        :param str done: key of the message about what was just done
        :param post: further arguments of the address, ignored
        :return: response
        """
        return self._render_company(done=done)

    def _render_company(self, form=None, **extra):
        """Show the page of the company.

        :param form: ``Form`` that was sent and is wrong, to be shown again, or None
        :param extra: more values
        :return: response
        """
        values = self._prepare_reseller_page(
            "reseller_company", _("My company"), form=form
        )
        values.update(self._prepare_company_values(values["reseller"]))
        values.update(extra)
        return self._render_reseller_page(
            "crm_reseller_portal.portal_my_company", values
        )

    def _prepare_company_values(self, reseller_sudo):
        """What the page of the company shows. Hook.

        :param reseller_sudo: res.partner, elevated
        :return: dict of values for the template
        """
        kind, state, country, countries, states = reseller_sudo._get_reseller_words()
        place = [
            reseller_sudo.street,
            reseller_sudo.street2,
            " ".join(filter(None, [reseller_sudo.zip, reseller_sudo.city])),
            state,
            country,
        ]
        territory = [
            ", ".join(countries) or country,
            ", ".join(states),
            self._show_zips(reseller_sudo.reseller_zip_prefixes),
        ]
        return {
            "place_lines": [line for line in place if line],
            "agreed": self._get_agreed_terms(
                reseller_sudo, kind, [line for line in territory if line]
            ),
        }

    def _prepare_company_page(self, heading, **extra):
        """The values of a page below that of the company.

        :param str heading: title of the page
        :param extra: more values
        :return: dict of values for the template
        """
        return self._prepare_reseller_page(
            "reseller_company",
            heading,
            [{"label": _("My company"), "url": PATH}],
            **extra,
        )

    def _redirect_to_company(self, done, anchor=""):
        """Go to the page of the company and say there what was done.

        :param str done: key of what was done, see the template ``company_done``
        :param str anchor: part of the page to show
        :return: response
        """
        return request.redirect(f"{PATH}?done={done}{anchor}")

    def _render_company_form(self, *args, **post):
        """Answer to a form's address that is merely opened: the company's page.

        :param args: the record the form is about
        :param post: further arguments of the address, ignored
        :return: response
        """
        self._get_reseller_or_404()
        return request.redirect(f"{PATH}?done=again")

    def _render_company_gone(self, record_id):
        """Answer for something that is not this company's, or does not exist.

        :param int record_id: what was asked for
        :return: response
        """
        return self._render_nothing_here(
            _("This is not, or no longer, part of your company."),
            "reseller_company",
        )

    # ------------------------------------------------------------
    # WHAT WAS AGREED
    # ------------------------------------------------------------

    def _get_agreed_terms(self, reseller_sudo, kind, territory):
        """Level, territory and the like, as pairs of label and text. Hook.

        :param reseller_sudo: res.partner, elevated
        :param str kind: name of its type, or nothing
        :param territory: list of texts, one for each kind of place
        :return: list of pairs of label and text; a list of texts for several lines
        """
        level = reseller_sudo.reseller_level_id
        hours = level.response_hours
        limit = reseller_sudo.reseller_capacity
        number = self._get_formats().number
        return [
            (_("Level"), level.name),
            (_("About the level"), level.description),
            (_("Type"), kind),
            (_("Territory"), territory or _("Not limited")),
            (
                _("Time to answer"),
                _("%(count)s working hours", count=number(hours)) if hours else "",
            ),
            (_("Open leads at most"), str(limit) if limit else _("No limit")),
            (
                _("Partner since"),
                self._get_formats().day(reseller_sudo.reseller_partnership_date),
            ),
            (_("You may"), self._get_level_permissions(level)),
        ]

    def _show_zips(self, prefixes):
        """The zip codes of a territory, in words.

        :param str prefixes: beginnings, separated by commas, or nothing
        :return: text, empty for nothing
        """
        zips = (prefixes or "").strip()
        return _("Zip codes that begin with %(zips)s", zips=zips) if zips else ""

    def _get_level_permissions(self, level_sudo):
        """What the level allows on the portal. Hook.

        :param level_sudo: crm.reseller.level, elevated
        :return: list of texts
        """
        permissions = [
            (level_sudo.can_convert, _("Convert leads to opportunities")),
            (
                level_sudo.can_edit_opportunity,
                _("Change figures and next steps of opportunities"),
            ),
            (level_sudo.can_report_outcome, _("Report deals as won or lost")),
            (
                level_sudo.can_manage_people,
                _("Invite colleagues and set their roles (supervisors)"),
            ),
        ]
        allowed = [label for allows, label in permissions if allows]
        return [_("Answer leads"), *allowed]
