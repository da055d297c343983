from odoo import fields, models


class CrmResellerLevel(models.Model):
    _name = "crm.reseller.level"
    _inherit = ["crm.reseller.level", "website.published.mixin"]

    is_published = fields.Boolean(
        string="On the Website",
        help="Published resellers of this level are listed on the website.",
    )

    def _default_is_published(self):
        """Publish new levels.

        :return: True
        """
        return True
