from odoo.exceptions import UserError


class DealerOrderError(UserError):
    """The dealer's order could not be created, so the leads stay where they were.

    A type of its own, so that the web client can show it under a title people
    understand and show the new notes in the chatter behind it.

    :param message: what went wrong and what to do, for each lead
    :param lead_ids: ids of the leads it is about
    """

    def __init__(self, message, lead_ids=()):
        super().__init__(message)
        self.context = {"lead_ids": list(lead_ids)}
