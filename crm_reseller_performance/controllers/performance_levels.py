from odoo import _
from odoo.http import request

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID

from ..lib.measures import MEASURES
from .performance_offers import DEFAULT_PERIOD, ResellerPerformanceOffers


class ResellerPerformanceLevels(ResellerPerformanceOffers):
    """What the reseller can do to rise a level, and what may make it fall."""

    def _get_next_level(self, reseller_sudo):
        """What is needed for the next level, and for the own one.

        :param reseller_sudo: the company that asks
        :return: dict with ``name`` of the next level that asks for something, or
            empty, ``lines`` of it (see ``_get_criterion_line``; with ``url`` of the
            offers behind the figure, empty where it is none of offers), and
            ``missing``: those that are not met
        """
        Review = request.env["crm.reseller.level.review"].sudo()
        ladder = Review._evaluate(reseller_sudo)[reseller_sudo]
        levels = [rung.level for rung in ladder]
        own = reseller_sudo.reseller_level_id.id
        place = levels.index(own) if own in levels else len(levels)
        rung = next((each for each in ladder[place + 1 :] if each.criteria), None)
        if not rung:
            return {"name": "", "lines": [], "missing": []}
        level = request.env["crm.reseller.level"].sudo().browse(rung.level)
        Criteria = request.env["crm.reseller.level.criterion"].sudo()
        lines = []
        for held in rung.criteria:
            criterion = Criteria.browse(held.key)
            lines.append(
                {
                    **Review._get_criterion_line(criterion, held),
                    "url": self._get_criterion_url(criterion),
                }
            )
        return {
            "name": level.name,
            "lines": lines,
            "missing": [line for line in lines if not line["met"]],
        }

    def _get_criterion_url(self, criterion):
        """Where the offers behind a criterion are.

        :param criterion: crm.reseller.level.criterion, elevated
        :return: address; empty where it is measured of anything but offers
        """
        if criterion.kind != "measure" or criterion.measure not in MEASURES:
            return ""
        return f"/my/performance/{criterion.measure}/{criterion.window_days}"

    def _is_criterion(self, measure, days):
        """Whether a level asks for a measure of so many days.

        :param str measure: key of a measure
        :param int days: length of the period
        :return: bool
        """
        if measure not in MEASURES or days > LARGEST_ID:
            return False
        asked = [("measure", "=", measure), ("window_days", "=", days)]
        Criteria = request.env["crm.reseller.level.criterion"].sudo()
        return bool(Criteria.search_count([("kind", "=", "measure"), *asked], limit=1))

    def _get_next_steps(self, reseller_sudo, total, next_level):
        """What to do next, in one or two sentences. Hook.

        :param reseller_sudo: the company that asks
        :param dict total: see ``_read_measures``
        :param dict next_level: see ``_get_next_level``
        :return: list of dict with ``text`` and ``url``
        """
        level = reseller_sudo.reseller_level_id
        steps = []
        waiting, missed = total["waiting"]["value"], total["updates_missed"]["value"]
        silent = total["silent"]["value"]
        if waiting:
            text = (
                _("Answer the offer that waits today.")
                if waiting == 1
                else _("Answer the %(count)s offers that wait today.", count=waiting)
            )
            steps.append({"text": text, "url": "/my/leads?filterby=waiting"})
        elif missed:
            steps.append(
                {
                    "text": self._describe_missed(missed, level.update_days),
                    "url": f"/my/performance/updates_missed/{DEFAULT_PERIOD}",
                }
            )
        elif silent:
            text = (
                _("Write how it goes with the lead you were silent about.")
                if silent == 1
                else _("Write how it goes with %(count)s silent leads.", count=silent)
            )
            steps.append(
                {"text": text, "url": f"/my/performance/silent/{DEFAULT_PERIOD}"}
            )
        if next_level["missing"]:
            steps.append(
                {
                    "text": self._describe_missing(
                        next_level["missing"][0], next_level["name"]
                    ),
                    "url": "#reseller_level",
                }
            )
        return steps

    def _describe_missed(self, count, days):
        """What the update rule of the level asks for.

        :param int count: how many open leads wait for a word, at least one
        :param int days: within how many days a word is expected
        :return: text
        """
        sentences = [
            _("Write a word on the open lead that waits for one.")
            if count == 1
            else _("Write a word on %(count)s open leads.", count=count),
            _("At your level a word is expected every day.")
            if days == 1
            else _("At your level a word is expected every %(days)s days.", days=days),
        ]
        return " ".join(sentences)

    def _describe_missing(self, line, level):
        """What is missing for the next level.

        :param dict line: a criterion that is not met, see ``_get_criterion_line``
        :param str level: name of the next level
        :return: text
        """
        words = {
            "label": line["label"],
            "value": line["value"],
            "level": level,
            "target": line["target"],
        }
        down = line["better"] == "down"
        if not line["is_known"]:
            if down:
                return _(
                    "%(label)s: %(level)s needs at most %(target)s. You have no figure "
                    "yet.",
                    **words,
                )
            return _(
                "%(label)s: %(level)s needs %(target)s. You have no figure yet.",
                **words,
            )
        if down:
            return _(
                "%(label)s: you have %(value)s, %(level)s needs at most %(target)s.",
                **words,
            )
        return _(
            "%(label)s: you have %(value)s, %(level)s needs %(target)s.",
            **words,
        )

    def _prepare_review(self, review_sudo):
        """What the reseller reads about a level that is at risk.

        :param review_sudo: crm.reseller.level.review, elevated
        :return: dict with ``id``, ``level``, ``proposed``, ``until`` (text), ``lines``
            (sentences) and ``answer``
        """
        return {
            "id": review_sudo.id,
            "level": review_sudo.level_id.name,
            "proposed": review_sudo.proposed_level_id.name,
            "until": self._get_formats().day(review_sudo.grace_until),
            "lines": [
                review_sudo._describe_line(line)
                for line in review_sudo._get_evidence_lines()
            ],
            "answer": review_sudo.answer or "",
        }
