from datetime import timedelta

from odoo import api, fields, models

from ..lib.performance import Answers

# answers older than this say nothing about how a reseller works today
MEASURED_DAYS = 90


class CrmResellerOffer(models.Model):
    _inherit = "crm.reseller.offer"

    @api.model
    def _measure_answers(self):
        """Count the answers of the last days, of all resellers at once.

        :return: dict of reseller id and ``lib.performance.Answers``
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT offer.reseller_id,
                   COUNT(*) FILTER (
                       WHERE offer.state = 'accepted'
                       AND (offer.due_on IS NULL OR offer.answered_on <= offer.due_on)
                   ),
                   COUNT(*) FILTER (WHERE offer.state <> 'expired'),
                   COUNT(*) FILTER (WHERE offer.state = 'expired'),
                   PERCENTILE_CONT(0.5) WITHIN GROUP (
                       ORDER BY
                       EXTRACT(EPOCH FROM offer.answered_on - offer.offered_on)
                       / EXTRACT(EPOCH FROM offer.due_on - offer.offered_on)
                   ) FILTER (
                       WHERE offer.state <> 'expired'
                       AND offer.due_on > offer.offered_on
                   )
              FROM crm_reseller_offer AS offer
         LEFT JOIN crm_reseller_decline_reason AS reason
                ON reason.id = offer.decline_reason_id
             WHERE offer.state IN ('accepted', 'declined', 'expired')
               AND offer.answered_on >= %s
               AND reason.marks_spam IS NOT TRUE
          GROUP BY offer.reseller_id
            """,
            [fields.Datetime.now() - timedelta(days=MEASURED_DAYS)],
        )
        return {row[0]: Answers(*row[1:]) for row in self.env.cr.fetchall()}
