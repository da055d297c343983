from odoo import _
from odoo.http import request
from odoo.osv.expression import AND
from odoo.tools import SQL, groupby

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..forms.base import clean_text
from .list_search import LONGEST_SEARCH, ResellerListSearch


class ResellerLists(ResellerListSearch):
    """Lists with search, filters, sorting, grouping, dates and pages, of any model."""

    _reseller_items_per_page = 20

    def _get_reseller_list(self, page, post, number=1):
        """The values of a list, for the template ``reseller_list``.

        :param page: ``ListPage``
        :param dict post: what the visitor asked for, as text: ``search``, ``sortby``,
            ``filterby``, ``groupby``, ``who``, ``date_begin``, ``date_end``
        :param number: number of the page
        :return: dict with ``list_page``, ``records``, ``record_groups`` (pairs of title
            and records), ``total``, ``filter_counts``, ``whose`` (list of dict with
            ``key``, ``label``, ``count``), ``pager``, ``narrowed`` and the choices made
        """
        choice = self._read_choices(page, post)
        search = clean_text(post.get("search"))[:LONGEST_SEARCH]
        dates, errors = self._read_date_range(page, post)
        found = AND([page.domain, self._get_search_domain(page, search), dates])
        filters = {key: each["domain"] for key, each in page.filters.items()}
        whose = self._get_whose(page)
        who = post.get("who") if post.get("who") in whose else "all"
        person, chosen = whose[who]["domain"], filters[choice["filterby"]]
        # one statement counts what each choice would bring
        counts = self._count_choices(
            page.model,
            found,
            {
                **{("filter", key): each + person for key, each in filters.items()},
                **{
                    ("who", key): chosen + each["domain"] for key, each in whose.items()
                },
            },
        )
        total = counts["filter", choice["filterby"]]
        asked = {
            **{key: choice[key] for key in choice if post.get(key) == choice[key]},
            **({"search": search} if search else {}),
            **({"who": who} if who != "all" else {}),
            **{
                name: post[name]
                for name in ("date_begin", "date_end")
                if post.get(name) and name not in errors
            },
        }
        pager = portal_pager(
            url=page.url,
            url_args=asked,
            total=total,
            page=number or 1,
            step=self._reseller_items_per_page,
        )
        records = self._search_records(page, choice, found + chosen + person, pager)
        page.prepare(records)
        return {
            **choice,
            "list_page": page,
            "records": records,
            "record_groups": self._group_records(page, choice, records),
            "total": total,
            "filter_counts": {key: counts["filter", key] for key in filters},
            "whose": [
                {"key": key, "label": each["label"], "count": counts["who", key]}
                for key, each in whose.items()
            ],
            "who": who,
            "pager": pager,
            "search": search,
            "date_begin": post.get("date_begin") or "",
            "date_end": post.get("date_end") or "",
            "errors": errors,
            "searched": bool(search or dates or who != "all"),
            "narrowed": bool(
                search
                or dates
                or errors
                or who != "all"
                or choice["filterby"] != next(iter(filters))
            ),
            "rearranged": any(
                choice[name] != next(iter(getattr(page, plural)))
                for name, plural in (("sortby", "sortings"), ("groupby", "groupings"))
            ),
        }

    def _render_list(self, template, values):
        """Answer with a list, also where the date range cannot be read.

        :param str template: external id of a template that calls ``reseller_list``
        :param dict values: of the page, ``_get_reseller_list`` among them
        :return: the response
        """
        return request.render(template, values)

    def _read_choices(self, page, post):
        """What was chosen; the first choice where it is unknown.

        :param page: description of the list
        :param dict post: arguments of the address
        :return: dict of ``sortby``, ``filterby`` and ``groupby`` to a key of the list's
            choices
        """
        return {
            name: post[name] if post.get(name) in choices else next(iter(choices))
            for name, choices in (
                ("sortby", page.sortings),
                ("filterby", page.filters),
                ("groupby", page.groupings),
            )
        }

    def _get_whose(self, page):
        """The choices of whose records to see, for those who may choose.

        :param page: description of the list
        :return: dict of key to ``label`` and ``domain``
        """
        whose = {"all": {"label": _("Everyone"), "domain": []}}
        if not (page.person_field and page.people):
            return whose
        me = request.env.user.partner_id
        field = page.person_field
        whose["mine"] = {"label": _("Me"), "domain": [(field, "=", me.id)]}
        whose["none"] = {"label": _("Unassigned"), "domain": [(field, "=", False)]}
        for person in page.people - me:
            whose[str(person.id)] = {
                "label": person.name,
                "domain": [(field, "=", person.id)],
            }
        return whose

    def _search_records(self, page, choice, domain, pager):
        """The records of one page of a list.

        :param page: description of the list
        :param dict choice: see ``_read_choices``
        :param list domain: what to look for
        :param dict pager: see Odoo's ``pager``; read is ``offset``
        :return: records, elevated
        """
        Model = request.env[page.model].sudo().with_context(active_test=False)
        order = page.sortings[choice["sortby"]]["order"]
        grouping = page.groupings[choice["groupby"]]
        if grouping.get("order"):
            order = f"{grouping['order']}, {order}"
        return self._search_and_fetch(
            Model,
            domain,
            order=order,
            limit=self._reseller_items_per_page,
            offset=pager["offset"],
        )

    def _group_records(self, page, choice, records):
        """The records of a page, by group.

        :param page: description of the list
        :param dict choice: see ``_read_choices``
        :param records: the records of the page, in order
        :return: list of pairs of title and records; one without title when nothing is
            grouped
        """
        key = page.groupings[choice["groupby"]].get("key")
        if not key:
            return [("", records)]
        return [
            (title, records.browse().concat(*group))
            for title, group in groupby(records, key)
        ]

    def _count_choices(self, model, domain, choices):
        """Count the records of a domain for each choice, in one statement.

        :param str model: name of the model
        :param list domain: what all the choices have in common
        :param dict choices: from a key to the domain that a choice adds
        :return: dict of key and number
        """
        Model = request.env[model].sudo().with_context(active_test=False)
        table = SQL.identifier(Model._table)
        columns = []
        for choice in choices.values():
            query = Model._search(choice)
            condition = query.where_clause or SQL("TRUE")
            if query.from_clause != table:
                condition = SQL(
                    "%s IN %s", SQL.identifier(Model._table, "id"), query.subselect()
                )
            columns.append(SQL("COUNT(*) FILTER (WHERE %s)", condition))
        query = Model._search(domain)
        request.env.flush_all()
        request.env.cr.execute(query.select(*columns))
        return dict(zip(choices, request.env.cr.fetchone(), strict=True))
