from odoo import _, models


class CrmDealership(models.Model):
    """What people read when something goes wrong at a dealer's."""

    _inherit = "crm.dealership"

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _explain(self, error):
        """Say in a sentence what went wrong and what to do, without secrets. Hook.

        :param error: :class:`errors.DealerError`
        :return: text
        """
        self.ensure_one()
        values = {"dealership": self.display_name, "detail": error.detail}
        if error.kind == "address":
            return self._explain_address(values)
        if error.kind == "tls":
            return self._explain_tls(values)
        texts = {
            "unreachable": _(
                "%(dealership)s cannot be reached: its Odoo server does not respond. "
                "Check the address, or try again in a few minutes."
            ),
            "not_odoo": _(
                "The server at the address of %(dealership)s is not an Odoo server "
                "(%(detail)s). Check the address."
            ),
            "redirected": _(
                "The address of %(dealership)s redirects to %(detail)s. Credentials "
                "are not sent there. Enter the final address."
            ),
            "database": _(
                "The Odoo of %(dealership)s has no database of the name entered. Check "
                "the database on the Odoo Connection tab."
            ),
            "credentials": _(
                "%(dealership)s does not accept the login and key. Check them on the "
                "Odoo Connection tab, or ask the dealer for a new API key."
            ),
            "rights": _(
                "The account at %(dealership)s lacks a right. Ask the dealer to let it "
                "create customers and sales orders. Its Odoo says: %(detail)s"
            ),
            "sales_missing": _(
                "The Sales app is not installed in the Odoo of %(dealership)s, or its "
                "account may not use it. Ask the dealer to install it and to give the "
                'account the right "Sales: All Documents".'
            ),
            "refused": _(
                "The Odoo of %(dealership)s refuses (%(detail)s). Correct the lead, or "
                "ask the dealer, then try again."
            ),
            "taken": _(
                "%(dealership)s has the order %(detail)s under this lead's number, for "
                "another customer or vehicle. This can happen after a database "
                "restore. Duplicate the lead, mark the copy as won, and inform an "
                "administrator."
            ),
            "busy": _(
                "The Odoo of %(dealership)s was busy with the same records. Try again."
            ),
            "lost": _(
                "%(dealership)s received the request, but its answer did not arrive. "
                "We will check whether the order was created. Trying again will not "
                "create a duplicate."
            ),
            "unreadable": _(
                "The server of %(dealership)s answers in a form that is not accepted "
                "(%(detail)s). Ask the dealer to switch off compression for /jsonrpc. "
                "Trying again will not create a duplicate."
            ),
            "secret": _(
                "The API key of %(dealership)s cannot be decrypted on this server. An "
                "administrator enters it again, or restores the key it was encrypted "
                "with."
            ),
            "products": _(
                "%(dealership)s has several products with the internal reference "
                "%(detail)s. Ask the dealer to change the others, or correct the "
                "vehicle model's code."
            ),
            "product": _(
                "%(dealership)s has no product with the internal reference %(detail)s. "
                "Ask the dealer to create it, or correct the vehicle model's code."
            ),
            "reference": _(
                "%(detail)s, named on the dealership, does not exist at "
                "%(dealership)s. Check company, pricelist and sales team, then "
                "test the connection."
            ),
            "currency": _(
                "%(dealership)s has no pricelist in %(detail)s. Ask the dealer for "
                "one, or leave the price to the dealer."
            ),
        }
        text = texts.get(error.kind) or _("%(dealership)s: %(detail)s")
        return text % values

    def _explain_address(self, values):
        """Why an address was refused.

        :param dict values: ``detail``, the code of the reason, and ``dealership``, its
            name
        :return: sentence
        """
        texts = {
            "malformed": _(
                "The address of %(dealership)s is not of the form https://host."
            ),
            "credentials": _(
                "Take user and password out of the address of %(dealership)s; they "
                "have fields of their own."
            ),
            "http": _(
                "%(dealership)s requires an https address. An administrator can allow "
                "plain http for single hosts in the settings of CRM."
            ),
            "metadata": _(
                "The address of %(dealership)s is one no dealer can have (link-local, "
                "multicast or a cloud's metadata service)."
            ),
        }
        return texts[values["detail"]] % values

    def _explain_tls(self, values):
        """Why the encrypted connection failed.

        :param dict values: ``detail``, the code of the reason, and ``dealership``, its
            name
        :return: sentence
        """
        texts = {
            "authority": _(
                "The certificate of %(dealership)s is not signed by an authority this "
                "server trusts. Ask the dealer for one that is, or have the dealer's "
                "authority added to those this server trusts."
            ),
            "name": _(
                "The certificate of %(dealership)s is for another name. Enter the "
                "address it is for, or ask the dealer for a certificate of this one."
            ),
            "date": _(
                "The certificate of %(dealership)s has expired or is not valid yet. "
                "Ask the dealer to renew it."
            ),
            "bundle": _(
                "%(dealership)s was not contacted: the file that REQUESTS_CA_BUNDLE "
                "names on this server cannot be read. Ask its administrator."
            ),
        }
        text = texts.get(values["detail"]) or _(
            "The encrypted connection to %(dealership)s could not be set up. Check "
            "address and port, or ask the dealer whether https works there."
        )
        return text % values
