from odoo import fields, models

from ..lib import legacy


class CrmResellerImportLine(models.TransientModel):
    _name = "crm.reseller.import.line"
    _description = "Line of an Import Report"
    _order = "sequence, id"

    import_id = fields.Many2one(
        "crm.reseller.import", required=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    section = fields.Selection(
        [
            ("level", "Levels"),
            ("activation", "Activations"),
            ("reseller", "Resellers"),
            ("lead", "Leads"),
        ],
        required=True,
    )
    action = fields.Selection(
        [
            (legacy.CREATE, "New"),
            (legacy.ADOPT, "Joined with the one here"),
            (legacy.KEEP, "Here already"),
            (legacy.SKIP, "Left out"),
            ("note", "Please note"),
        ],
        required=True,
    )
    name = fields.Char()
    partner_id = fields.Many2one("res.partner")
    detail = fields.Char()
