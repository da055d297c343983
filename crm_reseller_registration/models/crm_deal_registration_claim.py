from odoo import fields, models


class CrmDealRegistrationClaim(models.Model):
    """Something that identifies a customer belongs to one registration at a time.

    The database refuses a second row, so that of two registrations of one customer
    only one can ever be protected.
    """

    _name = "crm.deal.registration.claim"
    _description = "Customer of a Registration"
    _rec_name = "name"

    registration_id = fields.Many2one(
        "crm.deal.registration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    name = fields.Char(
        string="Identity",
        required=True,
        readonly=True,
        help="Such as vat:123456789 or domain:acme.example",
    )

    _sql_constraints = [
        (
            "name_uniq",
            "UNIQUE(company_id, name)",
            "This customer belongs to another registration.",
        ),
    ]
