from odoo import fields, models


class CrmDealershipCredential(models.Model):
    """The secret of a dealership, in a table of its own that nobody has access to.

    Only code that runs as superuser reads it, on its way to the dealer: whoever could
    read a field could also export it, group by it, or find it in an answer.
    """

    _name = "crm.dealership.credential"
    _description = "Dealership Credential"
    _rec_name = "dealership_id"

    dealership_id = fields.Many2one(
        "crm.dealership", required=True, index=True, ondelete="cascade", copy=False
    )
    secret = fields.Char(required=True, copy=False)

    _sql_constraints = [
        (
            "dealership_unique",
            "UNIQUE(dealership_id)",
            "A dealership has one API key or password.",
        )
    ]
