from odoo import fields, models


class CrmResellerDemoWish(models.Model):
    _name = "crm.reseller.demo.wish"
    _description = "Wish of a Reseller"

    name = fields.Char(required=True)
    reseller_id = fields.Many2one("res.partner", required=True)
