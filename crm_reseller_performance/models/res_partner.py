from collections import defaultdict

from odoo import _, api, models

from ..lib.performance import STEP, Answers, performance_factor
from .crm_reseller_offer import MEASURED_DAYS


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _update_reseller_performance(self):
        """Set every reseller's performance factor from its answers.

        Only where the reseller's company, or the main company for resellers of all
        companies, has *Weight by Performance*. Factors off by less than a step are left
        alone, as are those of 0: they were typed to keep leads away. What changes is
        explained in the chatter.
        """
        resellers = self.with_context(active_test=False).search(
            [
                ("reseller_level_id", "!=", False),
                ("reseller_performance_factor", ">", 0),
            ]
        )
        main_company = self.env.ref("base.main_company")
        resellers = resellers.filtered(
            lambda reseller: (
                reseller._get_reseller_company() or main_company
            ).reseller_weight_by_performance
        )
        if not resellers:
            return
        measured = self.env["crm.reseller.offer"]._measure_answers()
        changes = defaultdict(self.browse)
        notes = {}
        for reseller in resellers:
            answers = measured.get(reseller.id, Answers(0, 0, 0))
            before = reseller.reseller_performance_factor
            factor = performance_factor(answers)
            if round(abs(factor - before), 2) >= STEP:
                changes[factor] |= reseller
                notes[reseller.id] = self._performance_note(before, factor, answers)
        for factor, partners in changes.items():
            # the notes say more than tracking would, and cost one statement for all
            partners.with_context(mail_notrack=True).write(
                {"reseller_performance_factor": factor}
            )
        if notes:
            self.browse(notes)._message_log_batch(bodies=notes)

    @api.model
    def _performance_note(self, before, factor, answers):
        """Explain a change of the factor.

        :param float before: the former factor
        :param float factor: the new one
        :param lib.performance.Answers answers: what it was computed from
        :return: str
        """
        return _(
            "Performance factor: %(before).2f, now %(factor).2f. Of %(closed)s offers "
            "in %(days)s days %(accepted)s were accepted in time, %(expired)s expired.",
            before=before,
            factor=factor,
            closed=answers.closed,
            days=MEASURED_DAYS,
            accepted=answers.accepted,
            expired=answers.expired,
        )

    # ------------------------------------------------------------
    # ALERTS
    # ------------------------------------------------------------

    def _get_alert_user(self):
        """Who is asked to look after a reseller. Hook.

        :return: one active internal user
        """
        self.ensure_one()
        reseller = self.sudo()
        company = reseller._get_reseller_company()
        company = company or self.env["crm.lead"]._get_main_company()
        Users = self.env["res.users"].sudo()
        for user in (
            reseller.user_id,
            reseller.reseller_direction_ids[:1].user_id,
            company.reseller_channel_manager_id,
            self.env.ref("base.user_admin", raise_if_not_found=False) or Users,
        ):
            if user.active and not user.share:
                return user
        return Users.browse(self.env.ref("base.user_root").id)
