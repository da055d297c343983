from datetime import timedelta

from odoo import api, fields, models


class CrmResellerDemo(models.AbstractModel):
    _inherit = "crm.reseller.demo"

    @api.model
    def _load_progress(self):
        """Spread the open deals of the demo over the milestones, and add some tasks.

        Each deal is where its place in the list says; quotes and orders have numbers
        and days. Dates count back from today.
        """
        if not self._is_first_load("crm_reseller_portal.progress"):
            return
        demo = self.sudo()
        milestones = demo.env["crm.reseller.milestone"].search([], limit=None)
        deals = demo.env["crm.lead"].search(
            [
                *demo.env["crm.lead"]._get_reseller_open_domain(),
                ("reseller_state", "=", "accepted"),
                ("type", "=", "opportunity"),
            ],
            order="id",
        )
        today = fields.Date.today()
        for number, deal in enumerate(deals):
            person = deal.reseller_notice_partner_id or deal.reseller_id
            since = 2 + number * 5 % 19
            # every fifth has not been started; few are ordered
            for place, milestone in enumerate(milestones[: (number * 2) % 5]):
                asks = milestone.asks
                deal._add_progress(
                    {
                        **deal._prepare_progress_vals(milestone, "", {}),
                        "author_id": person.id,
                        "reached_on": fields.Datetime.now()
                        - timedelta(days=since * (4 - place), hours=number % 8),
                        "amount": asks != "nothing" and deal.expected_revenue,
                        "valid_until": asks == "quote" and today + timedelta(days=21),
                        "order_reference": asks == "order" and f"PO-{2041 + number}",
                        "order_date": asks == "order" and today - timedelta(days=1),
                    }
                )
        tasks = (
            ("Send us the drawing of the customer's yard", 3),
            ("Ask the customer which day suits for the demonstration", -1),
            ("Confirm the address for the delivery", 8),
        )
        demo.env["crm.reseller.task"].create(
            [
                {
                    "lead_id": deal.id,
                    "name": name,
                    "due_on": today + timedelta(days=days),
                    "user_id": deal.user_id.id,
                }
                for deal, (name, days) in zip(deals, tasks, strict=False)
            ]
        )
        # no one is mailed about what happened before the demo began
        demo.env["crm.reseller.notice"].search([], limit=None).unlink()
