from odoo import fields, models


class CrmLostReason(models.Model):
    _inherit = "crm.lost.reason"

    notes_required = fields.Boolean(
        help="The reason says too little by itself: whoever marks a lead as lost "
        "with it has to add a note.",
    )
