from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.routes import (
    reseller_form_route,
    reseller_record_route,
)

from ..forms import TextForm
from ..lib.measures import MEASURES
from .performance_figures import NEEDED, PERIODS, ResellerPerformanceFigures
from .performance_offers import ICON


class ResellerPerformance(ResellerPerformanceFigures):
    """A reseller's own figures, and what it can say about them."""

    # ------------------------------------------------------------
    # TAB
    # ------------------------------------------------------------

    def _get_reseller_tabs(self):
        return [
            *super()._get_reseller_tabs(),
            {
                "key": "reseller_performance",
                "label": _("Performance"),
                "url": "/my/performance",
                "count": None,
                "sequence": 60,
                "icon": "fa-bar-chart",
            },
        ]

    def _get_reseller_home_cards(self, counts):
        return [
            *super()._get_reseller_home_cards(counts),
            {
                "key": "reseller_performance",
                "title": _("Performance"),
                "url": "/my/performance",
                "count": None,
                "text": _("Your figures, and the way to the next level"),
                "icon": ICON,
                "sequence": 60,
            },
        ]

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    @reseller_form_route("/my/performance")
    def reseller_performance(self, **post):
        """Show the reseller's own figures.

        :param post: arguments of the address: ``period`` (days) and ``done``
        :return: response
        """
        values = self._prepare_reseller_page("reseller_performance", _("Performance"))
        values.update(self._prepare_performance(values["reseller"], post))
        return self._render_reseller_page(
            "crm_reseller_performance.portal_performance", values
        )

    @reseller_form_route(
        "/my/performance/<string:measure>/<int:days>",
        "/my/performance/<string:measure>/<int:days>/page/<int:page>",
    )
    def reseller_performance_offers(self, measure, days, page=1, **post):
        """List the offers behind a figure.

        :param str measure: key of the figure
        :param int days: length of the period
        :param int page: number of the page, from 1
        :param post: arguments of the address
        :return: response
        :raises NotFound: for an unknown figure or period
        """
        reseller_sudo = self._get_reseller_or_404()
        is_shown = measure in NEEDED and str(days) in PERIODS
        if is_shown or self._is_criterion(measure, days):
            definition = self._get_definitions()[measure]
        else:
            definition = self._get_part_definition(reseller_sudo, measure, days)
        if not definition:
            raise request.not_found()
        values = self._prepare_reseller_page(
            "reseller_performance",
            definition["label"],
            [{"label": _("Performance"), "url": "/my/performance"}],
        )
        offers = self._get_offer_list(values["reseller"], definition, days)
        values.update(self._get_reseller_list(offers, post, page))
        values["definition"] = definition
        return self._render_list(
            "crm_reseller_performance.portal_performance_offers", values
        )

    @reseller_record_route(
        "/my/performance/offer/<int:offer_id>/dispute",
        find="_find_own_offer",
        gone="_render_nothing_there",
        methods=["POST"],
        form="_render_dispute",
    )
    def reseller_performance_dispute(self, offer_sudo, **post):
        """Say that an offer is counted wrongly.

        :param offer_sudo: crm.reseller.offer, elevated
        :param post: what the form sent: ``text``; ``measure``: key of the figure
        :return: response
        """
        form = TextForm(post, self._get_formats())
        if form.errors:
            return self._render_dispute(offer_sudo, form=form, **post)
        measure = post.get("measure")
        request.env["crm.reseller.dispute"].sudo()._dispute(
            offer_sudo,
            request.env.user.partner_id,
            form.values["text"],
            measure if measure in MEASURES else None,
        )
        return request.redirect("/my/performance?done=disputed")

    @reseller_record_route(
        "/my/performance/level/<int:review_id>/answer",
        find="_find_own_review",
        gone="_render_nothing_there",
        methods=["POST"],
        form="_render_level_answer",
    )
    def reseller_performance_level_answer(self, review_sudo, **post):
        """Say something about a level that is to change.

        :param review_sudo: crm.reseller.level.review, elevated
        :param post: what the form sent: ``text``
        :return: response
        """
        form = TextForm(post, self._get_formats())
        if form.errors:
            return self._render_level_answer(review_sudo, form=form)
        review_sudo._answer(request.env.user.partner_id, form.values["text"])
        return request.redirect("/my/performance?done=answered")

    def _render_dispute(self, offer_sudo, form=None, **post):
        crumbs = [{"label": _("Performance"), "url": "/my/performance"}]
        values = self._prepare_reseller_page(
            "reseller_performance",
            _("This is wrong"),
            crumbs,
            form=form,
            offer_title=self._show_offer(offer_sudo, self._get_visible([offer_sudo])),
            offer_state=self._show_offer_state(offer_sudo),
            offer_received=self._get_formats().moment(offer_sudo.offered_on),
            lead_url=self._get_lead_url(offer_sudo),
            measure=post.get("measure") if post.get("measure") in MEASURES else "",
        )
        return self._render_reseller_page(
            "crm_reseller_performance.portal_dispute", values
        )

    def _render_level_answer(self, review_sudo, form=None, **post):
        crumbs = [{"label": _("Performance"), "url": "/my/performance"}]
        values = self._prepare_reseller_page(
            "reseller_performance", _("About your level"), crumbs, form=form
        )
        values["review"] = self._prepare_review(review_sudo)
        return self._render_reseller_page(
            "crm_reseller_performance.portal_level_answer", values
        )
