import time

from odoo import models
from odoo.tools import consteq, hmac

from ..lib.links import LinkToken, parse_token

SCOPE = "crm_reseller_portal.link"
HOUR = 3600


class ResellerLinkMixin(models.AbstractModel):
    """Links that let one person do one thing with one record, without signing in.

    A link ends when it expires and when ``_get_reseller_link_stamp`` says something
    else than when the link was made, so it is used up by what it was made for.
    """

    _name = "crm.reseller.link.mixin"
    _description = "Signed Links to Portal Pages"

    def _get_reseller_link_stamp(self, purpose):
        """What a link for this purpose depends on. Hook.

        :param str purpose: what the link is for, such as ``answer``
        :return: text that changes once the purpose is served, and whenever links
            made before shall no longer be good (the state, a counter of mails)
        """
        self.ensure_one()
        return ""

    def _get_reseller_link_token(self, purpose, partner, hours):
        """The token of a link for one person.

        :param str purpose: what the link is for
        :param partner: record of ``res.partner``
        :param float hours: how long the link is good
        :return: text for an address
        """
        self.ensure_one()
        expires = int(time.time() + hours * HOUR)
        signature = self._sign_reseller_link(purpose, partner.id, expires)
        return str(LinkToken(partner.id, expires, signature))

    def _check_reseller_link_token(self, purpose, token):
        """Whom a link was made for, if it is still good.

        :param str purpose: what is asked for
        :param str token: as it came with the address
        :return: the (elevated) partner; an empty recordset for anything else
        """
        self.ensure_one()
        partners_sudo = self.env["res.partner"].sudo()
        link = parse_token(token)
        if not link or not self:
            return partners_sudo
        good = self._sign_reseller_link(purpose, link.partner_id, link.expires)
        # the comparison comes first, so that it takes as long for an expired one
        if not consteq(good, link.signature) or link.expires < time.time():
            return partners_sudo
        return partners_sudo.search([("id", "=", link.partner_id)])

    def _sign_reseller_link(self, purpose, partner_id, expires):
        """Sign what a link is for.

        :param str purpose: what the link is for
        :param int partner_id: id of the person the link is made for
        :param int expires: when the link ends, as given to the link
        :return: the signature, hexadecimal
        """
        sudo = self.sudo()
        return hmac(
            sudo.env,
            SCOPE,
            (
                purpose,
                sudo._name,
                sudo.id,
                partner_id,
                expires,
                sudo._get_reseller_link_stamp(purpose),
            ),
        )
