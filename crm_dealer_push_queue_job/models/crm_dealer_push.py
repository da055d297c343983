from odoo import _, models


class CrmDealerPush(models.Model):
    _inherit = "crm.dealer.push"

    def _wake_queue(self):
        """Have a job run these rows, one for each dealership and moment.

        The scheduled action still picks up what a job left behind.
        """
        groups = self.grouped(lambda push: (push.dealership_id, push.next_try_on))
        for (dealership, due), pushes in groups.items():
            pushes.with_delay(
                eta=due or None,
                description=_("Orders at %(name)s", name=dealership.name),
            )._process_in_own_transactions()
