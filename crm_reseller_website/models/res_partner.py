from odoo import models

MAX_TERMS = 5


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _reseller_page_domain(self, website, search=""):
        """Which resellers a visitor of a website may find. Hook.

        :param website: the ``website`` that is visited
        :param str search: what was typed; each word must be found somewhere
        :return: a domain on ``res.partner``, to be searched with elevated rights
        """
        domain = [
            ("is_company", "=", True),
            ("reseller_level_id.active", "=", True),
            ("reseller_level_id.is_published", "=", True),
            ("is_published", "=", True),
            ("website_id", "in", (False, website.id)),
            ("company_id", "in", (False, website.company_id.id)),
        ]
        for term in search.split()[:MAX_TERMS]:
            places = ("name", "city", "country_id.name", "website_short_description")
            domain += ["|"] * len(places)
            domain += [(place, "ilike", term) for place in places]
            domain.append(("zip", "=ilike", f"{term}%"))
        return domain
