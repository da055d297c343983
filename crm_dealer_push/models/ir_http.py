import time

from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """As in Odoo, with the moment the page was made (seconds, UTC).

        A window shows no message about orders that was sent before it was opened.

        :return: dictionary
        """
        return {**super().session_info(), "dealer_toasts_since": time.time()}
