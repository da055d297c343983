from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_escape

from .. import compat
from ..lib import dealer, errors


class CrmDealership(models.Model):
    """The button *Test Connection*: each step in words."""

    _inherit = "crm.dealership"

    # ------------------------------------------------------------
    # TEST CONNECTION
    # ------------------------------------------------------------

    def action_test_connection(self):
        """Try each step of the connection and write down what was found.

        :return: client action with the result
        :raises AccessError: for users who are neither administrator nor sales manager
        """
        self._check_manager()
        # its company's rule as well, before anything is done as superuser
        compat.check_access(self, "write")
        reasons = []
        for dealership in self:
            steps = dealership._test_steps()
            good = self._went_well(steps)
            if not good:
                reasons += [text for text, went_well in steps if went_well is False]
            dealership.sudo().write(
                {
                    "connection_state": "ok" if good else "failed",
                    "last_test_on": fields.Datetime.now(),
                    "last_test_message": self._steps_to_html(steps),
                }
            )
        if reasons:
            return self._toast_action(
                _("The connection does not work yet"), "danger", "\n".join(reasons)
            )
        return self._toast_action(_("The connection works"), "success")

    @staticmethod
    def _toast_action(title, kind, message=""):
        """A message in the corner, after which the open form reloads its record.

        :param title: text
        :param kind: ``success`` or ``danger``
        :param message: text
        :return: dictionary of a client action
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "message": message,
                "type": kind,
                "sticky": kind == "danger",
                # The form loads its record. A soft reload would open the form as it was
                # opened, which for a new dealership is empty.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @staticmethod
    def _went_well(steps):
        """Whether no step failed; a warning is no failure.

        :param list steps: pairs of text and True, False or None, for a warning
        :return: bool
        """
        return all(good is not False for _text, good in steps)

    @staticmethod
    def _steps_to_html(steps):
        """The steps as a list to show.

        :param list steps: see ``_went_well``
        :return: HTML
        """
        signs = {True: "✔", False: "✘", None: "⚠"}
        rows = "".join(
            f"<li>{signs[good]} {html_escape(text)}</li>" for text, good in steps
        )
        return f"<ul class='list-unstyled mb-0'>{rows}</ul>"

    def _test_steps(self):
        """Walk through the connection until a step fails.

        :return: list of pairs: sentence, and whether it went well; None for a warning
        """
        self.ensure_one()
        steps = []
        if not self._is_connected():
            return [
                (
                    _("Address, database, login and API key must all be filled in."),
                    False,
                )
            ]
        try:
            # learn everything again: this is the button for "something changed"
            with self._connect(afresh=True) as dealer_api:
                for check in (
                    self._test_reach,
                    self._test_sign_in,
                    self._test_sales,
                    self._test_terms,
                    self._test_products,
                    self._test_unknown_orders,
                ):
                    steps += check(dealer_api)
                    if not self._went_well(steps):
                        break
        except errors.TlsFailed as error:
            if not steps and error.detail != "bundle":
                steps.append((_("Reachable: a server responds at the address."), True))
            steps.append((self._explain(error), False))
        except errors.DealerError as error:
            steps.append((self._explain(error), False))
        except UserError as error:
            steps.append((str(error), False))
        return steps

    def _test_reach(self, dealer_api):
        """Try address, encryption and series.

        :param dealer_api: session at the dealer
        :return: list of steps, see ``_went_well``
        """
        version = ".".join(map(str, dealer_api.version))
        steps = [(_("Reachable: an Odoo %(version)s responds.", version=version), True)]
        if self._checked_url().startswith("https"):
            verified = self.sudo().verify_tls
            text = (
                _("The connection is encrypted and the certificate is valid.")
                if verified
                else _("The connection is encrypted, the certificate is not checked.")
            )
        else:
            text = _("The connection is not encrypted, which is allowed for this host.")
        steps.append((text, True))
        if not dealer.OLDEST <= dealer_api.version <= dealer.NEWEST:
            steps.append((_("Odoo 14.0 to 19.0 are supported, not this one."), False))
        return steps

    def _test_sign_in(self, dealer_api):
        """Try database and account.

        :param dealer_api: session at the dealer
        :return: list of steps, see ``_went_well``
        """
        dealer_api.client.sign_in()
        return [(_("The database exists, and the account can sign in."), True)]

    def _test_sales(self, dealer_api):
        """Try the Sales app and the account's rights.

        :param dealer_api: session at the dealer
        :return: list of steps, see ``_went_well``
        """
        dealer_api.read_order_fields()
        steps = [(_("The Sales app is installed."), True)]
        for model, operation, text in (
            ("res.partner", "create", _("The account may create customers.")),
            ("sale.order", "create", _("The account may create sales orders.")),
            ("sale.order", "write", _("The account may change sales orders.")),
        ):
            if dealer_api.may(model, operation):
                steps.append((text, True))
            else:
                steps.append(
                    (
                        _(
                            "This right is missing, ask the dealer for it: %(right)s",
                            right=text,
                        ),
                        False,
                    )
                )
        return steps

    def _test_terms(self, dealer_api):
        """Look for company, pricelist and team.

        :param dealer_api: session at the dealer
        :return: list of steps, see ``_went_well``
        """
        dealer_api.read_terms()
        dealer_api.read_languages()
        known = dealer_api.reference
        steps = []
        for name, ids, text in (
            (dealer_api.terms.company, known.companies, _("Company")),
            (dealer_api.terms.pricelist, known.pricelists, _("Pricelist")),
            (dealer_api.terms.team, known.teams, _("Sales team")),
        ):
            if name and name in ids:
                steps.append((_("%(what)s: %(name)s.", what=text, name=name), True))
            elif name:
                steps.append(
                    (
                        _(
                            "%(what)s %(name)s does not exist there. There are: "
                            "%(names)s",
                            what=text,
                            name=name,
                            names=", ".join(sorted(ids)[:20]) or "-",
                        ),
                        False,
                    )
                )
        return steps

    @api.model
    def _get_ordered_codes(self, vehicles):
        """The internal references that orders may name. Hook.

        :param vehicles: crm.vehicle.model, those in use
        :return: list of codes that the dealer's products should have
        """
        return vehicles.mapped("default_code")

    def _test_products(self, dealer_api):
        """Look for the products of the vehicle models.

        :param dealer_api: session at the dealer
        :return: list of steps, see ``_went_well``
        """
        models_ = self.env["crm.vehicle.model"].sudo().search([("active", "=", True)])
        codes = self._get_ordered_codes(models_)
        found = dealer_api.read_products(codes) if codes else {}
        self._write_products(found, models_, dealer_api.ambiguous)
        several = sorted(dealer_api.ambiguous & set(codes))
        missing = sorted(set(codes) - set(found) - set(several))
        steps = []
        if several:
            text = _(
                "Several products have the same internal reference, so none of them "
                "can be ordered: %(codes)s",
                codes=", ".join(several),
            )
            steps.append((text, None))
        if missing:
            # A missing model stops only the leads that want it.
            text = _(
                "%(found)s of %(all)s vehicle models are there. Missing: %(codes)s",
                found=len(set(models_.mapped("default_code")) & set(found)),
                all=len(models_),
                codes=", ".join(missing),
            )
            steps.append((text, None))
        if steps:
            return steps
        return [(_("All %(all)s vehicle models are there.", all=len(models_)), True)]

    def _test_unknown_orders(self, dealer_api):
        """Name orders no attempt of ours knows, as after a database restore.

        :param dealer_api: session at the dealer
        :return: list of steps, see ``_went_well``
        """
        push = self.env["crm.dealer.push"].sudo()
        there = dealer_api.find_unknown_orders(push._key_prefix())
        known = push.search([("key", "in", list(there))]).mapped("key")
        names = [name for key, name in there.items() if key not in set(known)]
        if not names:
            return []
        text = _(
            "Orders there carry numbers of leads of this database, but are unknown "
            "here: %(names)s. This can happen after a database restore. Agree with the "
            "dealer on what becomes of them.",
            names=", ".join(names[:20] + ["…"] * (len(names) > 20)),
        )
        return [(text, None)]

    def _write_products(self, found, vehicle_models, ambiguous=()):
        """Bring the table of vehicle models at this dealer up to date.

        :param found: dictionary of product ids at the dealer by code
        :param vehicle_models: the models that were looked for
        :param ambiguous: codes that several products there have
        """
        self.ensure_one()
        now = fields.Datetime.now()
        known = {line.vehicle_model_id: line for line in self.sudo().product_ids}
        new = []
        for model in vehicle_models:
            values = {
                "dealer_product_id": found.get(model.default_code, 0),
                "missing": model.default_code not in found,
                "ambiguous": model.default_code in ambiguous,
                "checked_on": now,
            }
            if model in known:
                known[model].write(values)
            else:
                new.append(
                    {
                        **values,
                        "dealership_id": self.id,
                        "vehicle_model_id": model.id,
                    }
                )
        self.env["crm.dealer.product"].sudo().create(new)
