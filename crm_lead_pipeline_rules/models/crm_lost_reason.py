from odoo import fields, models


class CrmLostReason(models.Model):
    _inherit = "crm.lost.reason"

    notes_required = fields.Boolean(
        help="The reason alone says too little: a note has to be added when a lead "
        "is marked as lost with it.",
    )
