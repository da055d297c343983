from odoo import fields, models

from ..const import ORDER_STATES


class CrmDealerReport(models.Model):
    """One row per won lead with an order at a dealer: the order fulfilment cycle.

    A duration whose end is not there yet is empty, not 0: averages are about orders
    that have come so far.
    """

    _name = "crm.dealer.report"
    _description = "Dealer Fulfilment"
    _inherit = "crm.dealer.guard"
    _auto = False
    _order = "won_on desc, id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", readonly=True)
    dealership_id = fields.Many2one("crm.dealership", readonly=True)
    vehicle_model_id = fields.Many2one("crm.vehicle.model", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    order_name = fields.Char("Dealer Order", readonly=True)
    order_amount = fields.Monetary(
        currency_field="order_currency_id", readonly=True, group_operator=None
    )
    order_currency_id = fields.Many2one("res.currency", readonly=True)
    order_state = fields.Selection(ORDER_STATES, readonly=True)
    vehicles = fields.Integer(readonly=True)
    won_on = fields.Datetime(readonly=True)
    ordered_on = fields.Datetime("Confirmed On", readonly=True)
    expected_on = fields.Datetime("Delivery Expected", readonly=True)
    delivered_on = fields.Datetime(readonly=True)
    days_to_confirm = fields.Float(
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="From the win to the dealer's confirmation.",
    )
    days_to_deliver = fields.Float(
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="Order fulfilment cycle: from the dealer's confirmation to the delivery.",
    )
    days_late = fields.Float(
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="From the expected to the actual delivery, or until now where there is "
        "none yet; below zero for what came early.",
    )
    confirmed = fields.Integer("Confirmed Orders", readonly=True)
    delivered = fields.Integer("Delivered Orders", readonly=True)
    cancelled = fields.Integer("Cancelled Orders", readonly=True)

    @property
    def _table_query(self):
        """The statement behind the report.

        :return: SQL
        """
        return f"{self._select()} {self._from()} {self._where()}"

    def _select(self):
        """The columns. Hook.

        :return: SQL, beginning with ``SELECT``
        """
        return """
            SELECT lead.id,
                   lead.id AS lead_id,
                   lead.dealership_id,
                   lead.vehicle_model_id,
                   lead.user_id,
                   lead.team_id,
                   lead.company_id,
                   lead.dealer_so_name AS order_name,
                   lead.dealer_so_amount AS order_amount,
                   lead.dealer_so_currency_id AS order_currency_id,
                   lead.dealer_so_state AS order_state,
                   lead.vehicle_quantity AS vehicles,
                   won.moment AS won_on,
                   lead.dealer_ordered_on AS ordered_on,
                   lead.dealer_expected_on AS expected_on,
                   lead.dealer_delivered_on AS delivered_on,
                   span.to_confirm * span.confirmed AS days_to_confirm,
                   span.to_deliver * span.confirmed AS days_to_deliver,
                   span.late * span.confirmed AS days_late,
                   COALESCE(span.confirmed, 0) AS confirmed,
                   CASE WHEN lead.dealer_delivered_on IS NULL THEN 0 ELSE 1 END
                       AS delivered,
                   CASE WHEN lead.dealer_so_state IN ('cancel', 'gone') THEN 1 ELSE 0
                        END AS cancelled
        """

    def _from(self):
        """The tables. Hook.

        :return: SQL, beginning with ``FROM``; ``lead`` is the alias of the leads
        """
        # What is clicked in a hurry may be confirmed before the lead counts as closed.
        # Orders that are not, or no longer, confirmed have no durations.
        return """
              FROM crm_lead AS lead
             CROSS JOIN LATERAL (
                   -- a lead that is created as won has no closing date
                   SELECT COALESCE(lead.date_closed, lead.dealer_so_created_on)
                       AS moment
                   ) AS won
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN lead.dealer_so_state IN ('sale', 'done')
                               THEN 1 END AS confirmed,
                          EXTRACT(EPOCH FROM
                              lead.dealer_ordered_on
                              - LEAST(won.moment, lead.dealer_ordered_on)
                          ) / 86400 AS to_confirm,
                          EXTRACT(EPOCH FROM
                              lead.dealer_delivered_on
                              - LEAST(lead.dealer_ordered_on, lead.dealer_delivered_on)
                          ) / 86400 AS to_deliver,
                          EXTRACT(EPOCH FROM
                              COALESCE(
                                  lead.dealer_delivered_on, now() AT TIME ZONE 'UTC'
                              ) - lead.dealer_expected_on
                          ) / 86400 AS late
                   ) AS span
        """

    def _where(self):
        """The rows. Hook.

        :return: SQL, beginning with ``WHERE``
        """
        return " WHERE lead.dealer_so_id > 0"
