from datetime import timedelta

from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.home import ResellerHome
from odoo.addons.crm_reseller_portal.lib.lists import Cell, Column, ListPage

from ..lib.performance import OUTCOME
from ..models.crm_reseller_score import MEASURED_DAYS, OUTCOME_DAYS

DEFAULT_PERIOD = "90"
ICON = "/crm_reseller_performance/static/src/img/performance.svg"

# a part of the factor as the figure that is disputed with it
PARTS_AS_MEASURES = {
    "acceptance": "pick_rate",
    "reliability": "expired",
    "speed": "answer_share",
    "conversion": "conversion_matured",
    "silence": "silent",
}


class ResellerPerformanceOffers(ResellerHome):
    """The reseller's own offers, as they are behind a figure."""

    # ------------------------------------------------------------
    # WHOSE
    # ------------------------------------------------------------

    def _find_own_offer(self, offer_id):
        """An offer of the visitor's company.

        :param int offer_id: as the address has it
        :return: crm.reseller.offer, elevated, or nothing
        """
        return self._find_own("crm.reseller.offer", offer_id)

    def _find_own_review(self, review_id):
        """An open review of the visitor's company.

        :param int review_id: as the address has it
        :return: crm.reseller.level.review, elevated, or nothing
        """
        review_sudo = self._find_own("crm.reseller.level.review", review_id)
        return review_sudo.filtered(lambda review: self._is_told(review))

    def _find_own(self, model, record_id):
        """A record of the visitor's company.

        :param str model: name of a model with ``reseller_id``
        :param int record_id: as the address has it
        :return: the record, elevated, or nothing
        """
        reseller_sudo = self._get_reseller_or_404()
        records = request.env[model].sudo()
        if record_id > LARGEST_ID:
            return records
        return records.search(
            [("id", "=", record_id), ("reseller_id", "=", reseller_sudo.id)]
        )

    def _render_nothing_there(self, record_id):
        """Answer for what is missing or of another company.

        :param int record_id: as the address has it
        :return: response, the same in both cases
        """
        return self._render_nothing_here(
            _("This was decided meanwhile, or the address is not complete."),
            "reseller_performance",
        )

    def _is_told(self, review_sudo):
        """Whether the reseller knows of a review.

        :param review_sudo: crm.reseller.level.review, elevated
        :return: bool
        """
        return review_sudo.state == "warned"

    # ------------------------------------------------------------
    # THE OFFERS BEHIND A FIGURE
    # ------------------------------------------------------------

    def _get_offer_list(self, reseller_sudo, definition, days):
        """What the list of the offers behind a figure consists of. Hook.

        :param reseller_sudo: the company that asks
        :param dict definition: of the measure, or of a part of the factor, see
            ``_get_part_definition``
        :param int days: length of the period
        :return: ``ListPage``
        """
        formats = self._get_formats()
        domain = definition.get("domain")
        if domain is None:
            last = formats.today
            first = last - timedelta(days=days - 1)
            own = [("reseller_id", "=", reseller_sudo.id)]
            domain = self._get_measure_sudo()._get_measure_records(
                definition["key"], first, last, own
            )["domain"]
        disputed_as = definition.get("disputed_as", definition["key"])
        visible = set()
        disputed = {}

        def prepare(offers):
            """Look once which leads have a page for the visitor.

            :param offers: of the page
            """
            visible.update(self._get_visible(offers))
            for dispute in (
                request.env["crm.reseller.dispute"]
                .sudo()
                .search([("offer_id", "in", offers.ids)], order="id")
            ):
                disputed[dispute.offer_id.id] = dispute.state

        def show_dispute(offer):
            """What became of a dispute.

            :param offer: crm.reseller.offer, elevated
            :return: ``Cell``
            """
            return {
                "open": Cell(_("Being looked at"), badge="info"),
                "refused": Cell(_("Stays as it is"), badge="secondary"),
            }.get(disputed.get(offer.id), Cell(_("This is wrong")))

        return ListPage(
            url=f"/my/performance/{definition['key']}/{days}",
            title=definition["label"],
            model="crm.reseller.offer",
            domain=domain,
            columns=[
                Column(
                    "title", _("Offer"), lambda offer: self._show_offer(offer, visible)
                ),
                Column("state", _("Answer"), self._show_offer_state),
                Column(
                    "offered",
                    _("Received"),
                    lambda offer: formats.moment(offer.offered_on),
                ),
                Column(
                    "hours",
                    _("Hours until answer"),
                    lambda offer: formats.number(offer.response_hours, 1)
                    if offer.answered_on
                    else "",
                    numeric=True,
                ),
                Column("dispute", _("Dispute"), show_dispute),
            ],
            record_url=lambda offer: (
                f"/my/performance/offer/{offer.id}/dispute?measure={disputed_as}"
            ),
            sortings={
                "offered": {
                    "label": _("Newest"),
                    "order": "offered_on desc nulls last, id desc",
                },
                "slowest": {
                    "label": _("Slowest"),
                    "order": "response_hours desc nulls last, id desc",
                },
            },
            empty_text=_("There are no offers behind this figure."),
            empty_url="/my/performance",
            empty_label=_("Back to your figures"),
            none_found=_("No offer fits this search."),
            icon=ICON,
            prepare=prepare,
        )

    def _get_part_url(self, part):
        """Where the offers are that a part of the factor counts.

        :param str part: its name
        :return: address
        """
        days = OUTCOME_DAYS if part in OUTCOME else MEASURED_DAYS
        return f"/my/performance/factor_{part}/{days}"

    def _get_part_definition(self, reseller_sudo, name, days):
        """A part of the performance factor, as the page of its offers needs it.

        :param reseller_sudo: the company that asks
        :param str name: ``factor_`` and the name of the part
        :param int days: of the address of the part
        :return: dict with ``key``, ``label``, ``formula``, ``domain`` of its offers and
            ``disputed_as``: key of a measure; empty where there is no such part, or
            factors do not count
        """
        part = name.removeprefix("factor_")
        company = reseller_sudo._get_program_company()
        address = f"/my/performance/{name}/{days}"
        if (
            part not in PARTS_AS_MEASURES
            or address != self._get_part_url(part)
            or not company.reseller_weight_by_performance
        ):
            return {}
        Score = request.env["crm.reseller.score"].sudo()
        return {
            "key": name,
            "label": Score._get_part_labels()[part],
            "formula": Score._get_part_formulas()[part],
            "domain": [("id", "in", Score._find_counted_offers(reseller_sudo, part))],
            "disputed_as": PARTS_AS_MEASURES[part],
        }

    def _get_visible(self, offers):
        """The leads of some offers that the visitor works.

        :param offers: crm.reseller.offer, elevated
        :return: set of ids
        """
        lead_ids = [offer.lead_id.id for offer in offers]
        Lead = request.env["crm.lead"].sudo().with_context(active_test=False)
        return set(Lead.search(self._search_visible([("id", "in", lead_ids)])).ids)

    def _show_offer(self, offer, visible):
        """What an offer is called; no more than the visitor may know.

        :param offer: crm.reseller.offer, elevated
        :param set visible: ids of the leads the visitor works
        :return: text
        """
        lead = offer.lead_id
        if offer.title:
            return offer.title
        return lead.reseller_title if lead.id in visible else _("Lead")

    def _get_lead_url(self, offer):
        """Where the lead of an offer is.

        :param offer: crm.reseller.offer, elevated
        :return: address, or nothing where the visitor does not work it
        """
        if not self._get_visible([offer]):
            return ""
        return offer.lead_id._get_reseller_path()

    def _show_offer_state(self, offer):
        """What was answered, and what became of it.

        :param offer: crm.reseller.offer, elevated
        :return: text in the language of the reader
        """
        return {
            "pending": _("Waiting"),
            "accepted": _("Accepted"),
            "declined": _("Declined"),
            "expired": _("Missed"),
            "withdrawn": _("Taken back"),
            "returned": _("Returned"),
        }[offer.state]
