from odoo import _
from odoo.http import request
from odoo.osv.expression import AND, OR
from odoo.tools import escape_psql

from odoo.addons.crm_reseller_base.lib.days import get_window

from ..forms.base import clean_text, explain_date_error
from ..lib.dates import DateError
from .common import ResellerPortal

LONGEST_SEARCH = 100
MOST_WORDS = 6


class ResellerListSearch(ResellerPortal):
    """What the lists of a reseller's pages find: by words and by dates."""

    # ------------------------------------------------------------
    # SEARCH AND DATES
    # ------------------------------------------------------------

    def _get_search_domain(self, page, search):
        """The condition that each word is found in some field.

        :param page: ``ListPage``
        :param str search: what was typed
        :return: domain; accents count where the database has no ``unaccent`` only
        """
        words = search.split()[:MOST_WORDS]
        if not (words and page.search):
            return []
        if callable(page.search):
            return AND([page.search(escape_psql(word)) for word in words])
        return AND(
            [
                OR([[(name, "ilike", escape_psql(word))] for name in page.search])
                for word in words
            ]
        )

    def _read_date_range(self, page, post):
        """Read the first and the last day of a list, in the reader's time zone.

        :param page: description of the list
        :param dict post: arguments of the address; read are ``date_begin`` and
            ``date_end``
        :return: pair of the domain, with moments in UTC, and a dict of sentences by
            name of what cannot be read
        """
        formats = self._get_formats()
        days, errors, domain = {}, {}, []
        for name, operator in (("date_begin", ">="), ("date_end", "<")):
            text = clean_text(post.get(name))
            if not (text and page.date_field):
                continue
            try:
                days[name] = formats.read_day(text)
            except DateError as error:
                errors[name] = explain_date_error(error, formats)
                continue
            window = get_window(days[name], days[name], formats.timezone)
            moment = window.start if name == "date_begin" else window.end
            domain.append((page.date_field, operator, moment))
        if len(days) == 2 and days["date_begin"] > days["date_end"]:
            errors["date_end"] = _("This day is before the first one.")
            domain = []
        return domain, errors

    # ------------------------------------------------------------
    # SEARCH IN EVERYTHING
    # ------------------------------------------------------------

    def _search_reseller_portal(self, words, limit=5):
        """Find what the visitor may see, in all sections of the portal. Hook.

        :param str words: what was typed
        :param int limit: the most results of each section
        :return: list of dict with ``key`` and ``label`` (of the section), ``title``,
            ``url`` and ``detail`` (plain text)
        """
        return []

    def _search_and_fetch(self, Model, domain, **options):
        """Search, and read what was found.

        One statement for both would sort all columns of all that fits.

        :param Model: the model, as a recordset
        :param list domain: what to look for
        :param options: of ``search``
        :return: records in the environment of the model
        """
        records = Model.search(domain, **options)
        records.fetch(self._get_columns(Model))
        return records

    def _search_list(self, page, words, limit):
        """The results of one list for ``_search_reseller_portal``.

        :param page: ``ListPage``
        :param str words: what was typed
        :param int limit: the most results
        :return: see ``_search_reseller_portal``
        """
        search = clean_text(words)[:LONGEST_SEARCH]
        if not search:
            return []
        Model = request.env[page.model].sudo().with_context(active_test=False)
        records = self._search_and_fetch(
            Model,
            AND([page.domain, self._get_search_domain(page, search)]),
            order=next(iter(page.sortings.values()))["order"],
            limit=limit,
        )
        page.prepare(records)
        return [
            {
                "key": page.url,
                "label": page.title,
                "title": page.columns[0].get_cell(record).text,
                "url": page.record_url(record),
                "detail": ", ".join(
                    filter(None, (c.get_cell(record).text for c in page.columns[1:3]))
                ),
            }
            for record in records
        ]
