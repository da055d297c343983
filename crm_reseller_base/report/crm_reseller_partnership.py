from odoo import fields, models


class CrmResellerPartnership(models.Model):
    """The resellers with what became of their leads.

    One row per reseller and company of its leads; resellers without leads have one row.
    """

    _name = "crm.reseller.partnership"
    _description = "Partnership Analysis"
    _auto = False
    _order = "reseller_id, company_id"
    _rec_name = "reseller_id"

    reseller_id = fields.Many2one("res.partner", string="Reseller", readonly=True)
    level_id = fields.Many2one("crm.reseller.level", string="Level", readonly=True)
    activation_id = fields.Many2one(
        "crm.reseller.activation", string="Activation", readonly=True
    )
    type_id = fields.Many2one("crm.reseller.type", string="Type", readonly=True)
    direction_id = fields.Many2one(
        "crm.reseller.direction", string="Sales Direction", readonly=True
    )
    country_id = fields.Many2one("res.country", string="Country", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partnership_date = fields.Date(string="Partner Since", readonly=True)
    review_date = fields.Date(string="Next Review", readonly=True)
    offers = fields.Integer(readonly=True)
    accepted = fields.Integer(string="Accepted Offers", readonly=True)
    open_leads = fields.Integer(readonly=True)
    won = fields.Integer(string="Won Leads", readonly=True)
    revenue = fields.Float(
        string="Revenue of Won Leads",
        readonly=True,
        help="Expected revenue of the won leads, in the currency of their company.",
    )

    @property
    def _table_query(self):
        """The statement behind the report.

        :return: SQL
        """
        return f"{self._select()} {self._from()}"

    def _select(self):
        """The columns. Hook.

        :return: SQL
        """
        return """
            SELECT ROW_NUMBER() OVER (ORDER BY reseller.id, figures.company_id) AS id,
                   reseller.id AS reseller_id,
                   reseller.reseller_level_id AS level_id,
                   reseller.reseller_activation_id AS activation_id,
                   reseller.reseller_type_id AS type_id,
                   reseller.reseller_direction_id AS direction_id,
                   reseller.country_id,
                   COALESCE(figures.company_id, reseller.company_id) AS company_id,
                   reseller.reseller_partnership_date AS partnership_date,
                   reseller.reseller_review_date AS review_date,
                   COALESCE(figures.offers, 0) AS offers,
                   COALESCE(figures.accepted, 0) AS accepted,
                   COALESCE(figures.open_leads, 0) AS open_leads,
                   COALESCE(figures.won, 0) AS won,
                   COALESCE(figures.revenue, 0) AS revenue
        """

    def _get_offer_condition(self):
        """Which offers are counted. Hook.

        :return: SQL about ``offer``
        """
        return "TRUE"

    def _from(self):
        """The tables. Hook.

        :return: SQL
        """
        return f"""
              FROM res_partner reseller
         LEFT JOIN (
                    SELECT parts.reseller_id,
                           parts.company_id,
                           SUM(parts.offers) AS offers,
                           SUM(parts.accepted) AS accepted,
                           SUM(parts.open_leads) AS open_leads,
                           SUM(parts.won) AS won,
                           SUM(parts.revenue) AS revenue
                      FROM (
                            SELECT offer.reseller_id,
                                   lead.company_id,
                                   COUNT(*) AS offers,
                                   COUNT(*) FILTER (
                                       WHERE offer.state = 'accepted'
                                   ) AS accepted,
                                   0 AS open_leads,
                                   0 AS won,
                                   0.0 AS revenue
                              FROM crm_reseller_offer offer
                              JOIN crm_lead lead ON lead.id = offer.lead_id
                             WHERE {self._get_offer_condition()}
                          GROUP BY offer.reseller_id, lead.company_id
                         UNION ALL
                            SELECT lead.reseller_id,
                                   lead.company_id,
                                   0,
                                   0,
                                   COUNT(*) FILTER (
                                       WHERE lead.active
                                       AND stage.is_won IS NOT TRUE
                                       AND lead.reseller_state IN (
                                           'pending', 'accepted'
                                       )
                                   ),
                                   COUNT(*) FILTER (WHERE stage.is_won),
                                   COALESCE(
                                       SUM(lead.expected_revenue) FILTER (
                                           WHERE stage.is_won
                                       ), 0.0
                                   )
                              FROM crm_lead lead
                         LEFT JOIN crm_stage stage ON stage.id = lead.stage_id
                             WHERE lead.reseller_id IS NOT NULL
                          GROUP BY lead.reseller_id, lead.company_id
                           ) AS parts
                  GROUP BY parts.reseller_id, parts.company_id
                   ) AS figures ON figures.reseller_id = reseller.id
             WHERE reseller.reseller_level_id IS NOT NULL AND reseller.active
        """
