from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

FORMS = [
    ("registration", "Registration"),
    ("deal", "Update of an Opportunity"),
    ("outcome", "Report of a Result"),
    ("lead", "Key Information of Leads"),
]
FIELDS = [
    ("product_id", "Service or Product"),
    ("budget", "Budget"),
    ("email", "Contact E-mail"),
    ("phone", "Contact Phone"),
    ("requirements", "Customer Requirements"),
    ("expected_revenue", "Expected Revenue"),
    ("probability", "Probability"),
    ("date_deadline", "Estimated Closing"),
    ("step_date", "Next Step"),
    ("note", "Note"),
    ("amount_won", "Amount of the Order"),
    ("order_reference", "Order Reference"),
    ("comment", "Comment"),
    ("documents", "Documents"),
    ("contact", "Contact"),
    ("address", "E-mail or Phone"),
    ("country", "Country"),
]
FIELDS_OF = {
    "registration": {
        "product_id",
        "budget",
        "email",
        "phone",
        "date_deadline",
        "requirements",
        "comment",
        "documents",
    },
    "deal": {"expected_revenue", "probability", "date_deadline", "step_date", "note"},
    "outcome": {"amount_won", "order_reference", "comment", "documents"},
    "lead": {
        "contact",
        "address",
        "country",
        "product_id",
        "expected_revenue",
        "date_deadline",
    },
}


class CrmResellerRequiredField(models.Model):
    """A field that has to be filled on a form of the portal, or on a lead."""

    _name = "crm.reseller.required.field"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Mandatory Field"
    _order = "form, field_name, id"
    _rec_name = "field_name"

    form = fields.Selection(
        FORMS,
        required=True,
        help="Fields of forms have to be filled by the reseller. Leads without their "
        "key information are found by a filter.",
    )
    field_name = fields.Selection(FIELDS, string="Field", required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Leave empty for all companies.")

    _sql_constraints = [
        (
            "field_uniq",
            "UNIQUE(form, field_name, company_id)",
            "This field is mandatory already.",
        ),
    ]

    @api.constrains("form", "field_name")
    def _check_field_of_form(self):
        labels = dict(self._fields["field_name"]._description_selection(self.env))
        for record in self:
            possible = FIELDS_OF[record.form]
            if record.field_name not in possible:
                raise ValidationError(
                    _(
                        "This form has no field %(field)s. Choose one of: %(names)s.",
                        field=labels[record.field_name],
                        names=", ".join(
                            label for name, label in labels.items() if name in possible
                        ),
                    )
                )

    @api.model
    def _get_names(self, form, company):
        """Return which fields have to be filled.

        :param str form: key of the form
        :param company: res.company
        :return: tuple of names
        """
        records = self.sudo().search(
            [("form", "=", form), ("company_id", "in", [company.id, False])]
        )
        return tuple(dict.fromkeys(records.mapped("field_name")))
