from odoo import models


class CrmResellerDigest(models.Model):
    _inherit = "crm.reseller.digest"

    def _send_digest(self, user, day):
        mail = super()._send_digest(user.with_context(reseller_digest_mail=True), day)
        if mail:
            reader = user.with_user(user).with_context(reseller_digest_mail=True)
            alerts = reader._find_digest_alerts()
            alerts.write({"told_partner_ids": [(4, user.partner_id.id)]})
        return mail
