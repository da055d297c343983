from collections import defaultdict

from odoo import _
from odoo.http import request
from odoo.osv.expression import AND
from odoo.tools import SQL, format_amount

from ..forms.base import clean_text
from .deal_lists import ResellerDealLists
from .list_search import LONGEST_SEARCH

# more would make the page heavier than 45 kB
CARDS_PER_COLUMN = 6


class ResellerBoard(ResellerDealLists):
    """The open deals by milestone, beside the list of deals."""

    def _render_deals(self, values, post):
        """Show the deals as a board where that was asked for.

        :param dict values: of the page
        :param dict post: arguments of the address; read are ``view``, ``search``,
            ``who`` and ``done``
        :return: response
        """
        if post.get("view") != "board":
            return super()._render_deals(values, post)
        page = self._get_deal_list()
        search = clean_text(post.get("search"))[:LONGEST_SEARCH]
        whose = self._get_whose(page)
        who = post.get("who") if post.get("who") in whose else "all"
        domain = AND(
            [
                page.domain,
                self._get_open_domain(),
                self._get_search_domain(page, search),
                whose[who]["domain"],
            ]
        )
        level_sudo = values["reseller_level"]
        milestones_sudo = request.env["crm.lead"].sudo()._get_reseller_milestones()
        values.update(
            title=_("Board") + f" | {request.env.company.name}",
            list_page=page,
            search=search,
            who=who,
            whose=[{"key": key, "label": whose[key]["label"]} for key in whose],
            narrowed=bool(search or who != "all"),
            done=post.get("done") == "progress",
            milestones=milestones_sudo,
            columns=self._get_board_columns(domain, milestones_sudo),
            # who sees a deal here may work it; only the level can be in the way
            may_move=level_sudo._allows("progress"),
        )
        return request.render("crm_reseller_portal.portal_my_board", values)

    def _get_board_columns(self, domain, milestones_sudo):
        """The columns of the board.

        :param list domain: the deals to show
        :param milestones_sudo: the milestones that can be reached, elevated
        :return: list of dict with ``milestone`` (elevated; none for deals without),
            ``label``, ``count``, ``sums`` (texts, one per currency), ``cards``
            (crm.lead, elevated) and ``more`` (how many are not shown)
        """
        counts, sums = self._count_board(domain)
        cards = self._search_board(domain)
        used = request.env["crm.reseller.milestone"].sudo().browse(filter(None, counts))
        every = (milestones_sudo | used).sorted(lambda m: (m.sequence, m.id))
        columns = []
        for milestone_sudo in [every.browse(), *every]:
            shown = cards.filtered(
                lambda lead, own=milestone_sudo: lead.reseller_milestone_id == own
            )
            count = counts.get(milestone_sudo.id, 0)
            columns.append(
                {
                    "milestone": milestone_sudo,
                    "label": milestone_sudo.name or _("Not started"),
                    "count": count,
                    "sums": [
                        format_amount(request.env, amount, currency)
                        for currency, amount in sums[milestone_sudo.id].items()
                    ],
                    "cards": shown,
                    "more": count - len(shown),
                }
            )
        return columns

    def _count_board(self, domain):
        """How many deals each column has, and what they come to.

        :param list domain: the deals to show
        :return: two dicts by id of the milestone (False for none): the number, and the
            amounts by currency
        """
        Lead = request.env["crm.lead"].sudo().with_context(active_test=False)
        reseller_sudo = request.env.user._get_reseller_sudo()
        default = reseller_sudo._get_reseller_company() or Lead._get_main_company()
        counts = defaultdict(int)
        sums = defaultdict(lambda: defaultdict(float))
        for milestone, company, count, amount in Lead._read_group(
            domain,
            ["reseller_milestone_id", "company_id"],
            ["__count", "expected_revenue:sum"],
        ):
            counts[milestone.id] += count
            currency = (company or default).sudo().currency_id
            sums[milestone.id][currency] += amount
        return counts, sums

    def _search_board(self, domain):
        """The first deals of each column, in one statement: soonest closing first.

        :param list domain: the deals to show
        :return: crm.lead, elevated
        """
        Lead = request.env["crm.lead"].sudo().with_context(active_test=False)
        query = Lead._search(domain)
        request.env.flush_all()
        ranked = query.select(
            SQL("crm_lead.id AS id"),
            SQL(
                "row_number() OVER (PARTITION BY crm_lead.reseller_milestone_id"
                " ORDER BY crm_lead.date_deadline NULLS LAST, crm_lead.id) AS place"
            ),
        )
        request.env.cr.execute(
            SQL(
                "SELECT id FROM (%s) AS ranked WHERE place <= %s ORDER BY place",
                ranked,
                CARDS_PER_COLUMN,
            )
        )
        return Lead.browse([lead_id for (lead_id,) in request.env.cr.fetchall()])

    def _get_opportunity_groupings(self):
        """Add the milestones to the ways to group the deals. Hook.

        :return: dict, see the list of deals
        """
        return {
            **super()._get_opportunity_groupings(),
            "milestone": {
                "label": _("Milestone"),
                "order": "reseller_milestone_id",
                "key": lambda lead: (
                    lead.reseller_milestone_id.name or _("Not started")
                ),
            },
        }
