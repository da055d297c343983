from datetime import timedelta

from odoo import api, fields, models

HOUR = timedelta(hours=1)
SEARCHES_PER_HOUR = 30
SHORTEST_SEARCH = 3  # letters
NAMES_SHOWN = 5
CONTACTS_SHOWN = 20


class CrmDealRegistrationSearch(models.Model):
    """What people of resellers looked up, to limit how many companies they learn."""

    _name = "crm.deal.registration.search"
    _description = "Search for a Company"

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="cascade"
    )

    @api.model
    def _count(self, user):
        """Count one more search of a person.

        :param user: res.users
        :return: whether the person has searches left in this hour
        :rtype: bool
        """
        Search = self.sudo()
        # two at the same moment are counted one after the other
        self.env["crm.contact.key"]._reserve([f"search:{user.id}"])
        since = fields.Datetime.now() - HOUR
        used = Search.search_count(
            [("user_id", "=", user.id), ("create_date", ">", since)]
        )
        if used >= SEARCHES_PER_HOUR:
            return False
        Search.create({"user_id": user.id})
        return True

    @api.autovacuum
    def _gc_searches(self):
        """A search counts for an hour."""
        limit = fields.Datetime.now() - HOUR
        self.sudo().search([("create_date", "<", limit)]).unlink()
