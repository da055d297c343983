import re

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

OLD_COUNTRY = re.compile(r"(?:.*-)?(\d{1,9})")
MAX_SEARCH = 80


def _integer(text):
    """The number in an address.

    :param text: what a visitor sent
    :return: number of up to nine digits, 0 for anything else
    """
    text = str(text or "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _clean(text):
    """The words of an address without the characters no database takes.

    :param text: what a visitor sent
    :return: text
    """
    return str(text or "").replace("\x00", "").strip()


class ResellerPages(http.Controller):
    _partners_per_page = 24

    def _sitemap_partners(env, rule, qs):
        """The list, and a page for each country that has a reseller on it.

        :param env: the environment of the request
        :param rule: the route, see Odoo
        :param str qs: words that addresses must contain, or None
        """
        website = env["website"].get_current_website()
        partners = env["res.partner"].sudo()
        places = partners._read_group(
            [
                *partners._reseller_page_domain(website),
                ("country_id", "!=", False),
            ],
            ["country_id"],
        )
        codes = sorted(country.code.lower() for (country,) in places if country.code)
        for url in ["/partners", *(f"/partners/country/{code}" for code in codes)]:
            if not qs or qs.lower() in url:
                yield {"loc": url}

    @http.route(
        [
            "/partners",
            "/partners/page/<int:page>",
            "/partners/country/<string:country>",
            "/partners/country/<string:country>/page/<int:page>",
        ],
        type="http",
        auth="public",
        website=True,
        sitemap=_sitemap_partners,
        reseller_pages=True,
    )
    def reseller_partners(self, country="", page=1, level="", search="", **_post):
        """The public list of resellers.

        :param country: two letters, as in ISO 3166
        :param page: number of the page, from 1
        :param level: the number of a level; others than those offered are ignored
        :param search: name, town, zip code, words of the description
        :param _post: further arguments of the address, ignored
        :return: response
        """
        country = _clean(country)
        current_country = self._find_country(country)
        if country and current_country.code.lower() != country:
            # typed in capitals, or an address of Odoo's own Resellers module
            where = f"/partners/country/{current_country.code.lower()}"
            return request.redirect(where, code=301)
        values = self._prepare_partners_values(
            current_country, page, _integer(level), _clean(search)[:MAX_SEARCH]
        )
        return request.render("crm_reseller_website.partners", values)

    @http.route(
        [
            "/partners/grade/<path:rest>",
        ],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        reseller_pages=True,
    )
    def reseller_partners_old(self, rest, **_post):
        """Redirect addresses of Odoo's own Resellers module to the list.

        :param str rest: the address after its beginning
        :param _post: further arguments of the address, ignored
        :return: response
        """
        found = re.search(r"country/([^/]+)", rest)
        where = f"/partners/country/{found[1]}" if found else "/partners"
        return request.redirect(where, code=301)

    def _find_country(self, country):
        """The country an address names.

        :param str country: two letters, or name and number as in Odoo's own module; may
            be empty
        :return: res.country, elevated, one or none
        :raises NotFound: when there is none of that name
        """
        countries = request.env["res.country"].sudo()
        if not country:
            return countries
        if old := OLD_COUNTRY.fullmatch(country):
            found = countries.browse(int(old[1])).exists()
        else:
            found = countries.search([("code", "=", country.upper())], limit=1)
        if not found.code:
            raise NotFound()
        return found

    def _prepare_partners_values(self, country, page, level_id, search):
        """What the template of the list needs. Hook.

        Numbers of countries count what the level and the words find, those of levels
        what the country and the words find: each shows how many the choice would lead
        to.

        :param country: res.country, one or none
        :param page: number of the page, from 1
        :param int level_id: id of a level, 0 for all
        :param str search: words to look for
        :return: dict with ``partners``, ``total``, ``pager``, ``countries`` and
            ``levels`` (both pairs of record and number), and what was chosen:
            ``country``, ``level`` and ``search``
        """
        partners = request.env["res.partner"].sudo()
        domain = partners._reseller_page_domain(request.website, search)
        in_country = [("country_id", "=", country.id)] if country else []
        counts = dict(
            partners._read_group(
                domain + in_country, ["reseller_level_id"], ["__count"]
            )
        )
        # every level that anyone has, so that the choice stays where nothing is found
        present = partners._read_group(
            partners._reseller_page_domain(request.website),
            ["reseller_level_id"],
            order="reseller_level_id",
        )
        levels = [(found, counts.get(found, 0)) for (found,) in present]
        level = next((found for found, _n in levels if found.id == level_id), None)
        in_level = [("reseller_level_id", "=", level.id)] if level else []
        countries = partners._read_group(
            [*domain, *in_level, ("country_id", "!=", False)],
            ["country_id"],
            ["__count"],
        )
        countries = [(found, count) for found, count in countries if found.code]
        domain += in_country + in_level
        total = partners.search_count(domain)
        base = f"/partners/country/{country.code.lower()}" if country else "/partners"
        chosen = {"level": level.id if level else "", "search": search}
        pager = request.website.pager(
            url=base,
            total=total,
            page=page,
            step=self._partners_per_page,
            url_args={key: value for key, value in chosen.items() if value},
        )
        return {
            "partners": partners.search(
                domain,
                order="reseller_level_id, complete_name, id",
                limit=self._partners_per_page,
                offset=pager["offset"],
            ),
            "total": total,
            "pager": pager,
            "countries": sorted(countries, key=lambda found: found[0].name),
            "levels": levels,
            "country": country,
            "level": level,
            "search": search,
        }
