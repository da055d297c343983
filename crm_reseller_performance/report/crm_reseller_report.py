from odoo import api, fields, models

from ..lib.measures import CONDITIONS, STORED, STORED_CONDITION


class CrmResellerReport(models.Model):
    """One row per offer, with the figures of its lead.

    What is accepted, declined, expired and closed is said in ``lib.measures``. Offers
    that count in no figure, by an agreed dispute, are in no row either.
    """

    _name = "crm.reseller.report"
    _description = "Reseller Analysis"
    _auto = False
    _order = "offered_on desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", readonly=True)
    lead_type = fields.Selection(
        [("lead", "Lead"), ("opportunity", "Opportunity")], readonly=True
    )
    lead_user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    lead_country_id = fields.Many2one("res.country", string="Country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    reseller_id = fields.Many2one("res.partner", string="Reseller", readonly=True)
    level_id = fields.Many2one("crm.reseller.level", string="Level", readonly=True)
    activation_id = fields.Many2one(
        "crm.reseller.activation", string="Activation", readonly=True
    )
    direction_id = fields.Many2one(
        "crm.reseller.direction", string="Sales Direction", readonly=True
    )
    product_id = fields.Many2one("product.product", readonly=True)
    answered_by_id = fields.Many2one("res.users", string="Answered by", readonly=True)
    rule_id = fields.Many2one(
        "crm.reseller.assignment.rule", string="Rule", readonly=True
    )
    method = fields.Selection(
        selection=lambda self: self._get_offer_selection("method"), readonly=True
    )
    state = fields.Selection(
        selection=lambda self: self._get_offer_selection("state"), readonly=True
    )
    decline_reason_id = fields.Many2one("crm.reseller.decline.reason", readonly=True)
    offered_on = fields.Datetime(string="Offered on", readonly=True)
    answered_on = fields.Datetime(string="Closed on", readonly=True)
    response_hours = fields.Float(
        string="Hours until Answer", group_operator="avg", readonly=True
    )
    distance_km = fields.Float(
        string="Distance (km)", group_operator="avg", readonly=True
    )
    accepted = fields.Integer(string="Accepted Offers", readonly=True)
    declined = fields.Integer(string="Declined Offers", readonly=True)
    expired = fields.Integer(string="Unanswered Offers", readonly=True)
    acceptance_rate = fields.Float(
        string="Accepted (%)",
        group_operator="avg",
        readonly=True,
        help="Accepted offers among those answered or expired; declined spam is left "
        "out.",
    )
    won = fields.Integer(string="Won Leads", readonly=True)
    won_rate = fields.Float(
        string="Won (%)",
        group_operator="avg",
        readonly=True,
        help="Lead conversion: won leads among the offers answered or expired.",
    )
    days_to_win = fields.Float(
        string="Days until Won",
        group_operator="avg",
        readonly=True,
        help="Sales cycle: days by the clock between the reseller's acceptance and "
        "the win.",
    )
    expected_revenue = fields.Float(
        string="Revenue of Accepted Leads",
        readonly=True,
        help="Expected revenue of the accepted leads, in their companies' currencies.",
    )

    @api.model
    def _get_offer_selection(self, name):
        """The choices of a field of the offers.

        :param str name: ``method`` or ``state``
        :return: list of pairs of value and label
        """
        field = self.env["crm.reseller.offer"]._fields[name]
        return field._description_selection(self.env)

    @property
    def _table_query(self):
        """The statement behind the report.

        :return: SQL
        """
        return f"{self._select()} {self._from()}"

    def _select(self):
        """The columns. Hook.

        :return: SQL, beginning with ``SELECT``
        """
        return """
            SELECT offer.id,
                   offer.lead_id,
                   lead.type AS lead_type,
                   lead.user_id AS lead_user_id,
                   lead.team_id,
                   lead.country_id AS lead_country_id,
                   offer.company_id,
                   offer.reseller_id,
                   reseller.reseller_level_id AS level_id,
                   reseller.reseller_activation_id AS activation_id,
                   reseller.reseller_direction_id AS direction_id,
                   lead.reseller_product_id AS product_id,
                   offer.answered_by_id,
                   offer.rule_id,
                   offer.method,
                   offer.state,
                   offer.decline_reason_id,
                   offer.offered_on,
                   offer.answered_on,
                   CASE WHEN fact.is_accepted OR fact.is_declined
                        THEN offer.response_hours END AS response_hours,
                   offer.distance_km,
                   fact.is_accepted::int AS accepted,
                   fact.is_declined::int AS declined,
                   fact.is_expired::int AS expired,
                   CASE WHEN fact.is_closed THEN 100.0 * fact.is_accepted::int
                        END AS acceptance_rate,
                   held.is_won::int AS won,
                   CASE WHEN fact.is_closed THEN 100.0 * held.is_won::int
                        END AS won_rate,
                   CASE WHEN held.is_won AND lead.date_closed >= offer.answered_on
                        THEN EXTRACT(EPOCH FROM lead.date_closed - offer.answered_on)
                             / 86400 END AS days_to_win,
                   CASE WHEN held.is_held THEN lead.expected_revenue
                        END AS expected_revenue
        """

    def _from(self):
        """The tables. Hook.

        :return: SQL, beginning with ``FROM``; ``offer`` is the alias of the offers
        """
        return f"""
              FROM crm_reseller_offer offer
              JOIN crm_lead lead ON lead.id = offer.lead_id
              JOIN res_partner reseller ON reseller.id = offer.reseller_id
         LEFT JOIN crm_stage stage ON stage.id = lead.stage_id
         LEFT JOIN crm_reseller_decline_reason reason
                ON reason.id = offer.decline_reason_id
        CROSS JOIN LATERAL (
                    SELECT {CONDITIONS["accepted"]}, {CONDITIONS["declined"]},
                           {CONDITIONS["expired"]}, {CONDITIONS["closed"]}
                      FROM (SELECT offer.state, {STORED["is_asked"]},
                                   reason.marks_spam IS TRUE
                           ) AS fact (state, is_asked, is_spam)
                   ) AS fact (is_accepted, is_declined, is_expired, is_closed)
        CROSS JOIN LATERAL (
                    SELECT taken.is_held, taken.is_held AND stage.is_won IS TRUE
                      FROM (SELECT COALESCE(offer.state = 'accepted'
                               AND lead.reseller_id = offer.reseller_id, FALSE)
                           ) AS taken (is_held)
                   ) AS held (is_held, is_won)
             WHERE {STORED_CONDITION}
        """
