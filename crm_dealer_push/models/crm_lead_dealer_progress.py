import logging
import time

import psycopg2
from markupsafe import Markup

from odoo import SUPERUSER_ID, _, fields, models

from .crm_lead import ORDERS_CREATED_KEY

_logger = logging.getLogger(__name__)


class CrmLead(models.Model):
    """What is shown and said of the dealer's order.

    The fields another addon may read of an order: ``dealer_so_name`` (its number),
    ``dealer_so_state``, ``dealer_so_created_on``, ``dealer_ordered_on`` (confirmed by
    the dealer), ``dealer_expected_on`` and ``dealer_delivered_on``, all moments in UTC,
    and ``dealer_so_amount`` without taxes in ``dealer_so_currency_id``.
    """

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # THE ORDER ON THE LEAD
    # ------------------------------------------------------------

    def _set_orders(self, deliveries):
        """Show the orders on their leads, and notify those concerned.

        :param deliveries: dictionary of :class:`dealer.Delivery` by lead id
        """
        leads = self.sudo()
        if not leads:
            return
        for lead in leads:
            lead._set_order(deliveries[lead.id].order, deliveries[lead.id].url)
        self.env.cr.postcommit.data[ORDERS_CREATED_KEY] = True
        self.env["crm.dealer.push"]._confirm_after_commit(
            leads.dealership_id.ids, leads.ids
        )
        leads._send_order_mails()
        if self.env.uid != SUPERUSER_ID:
            leads._toast_orders()

    def _set_order(self, order, url):
        """Show an order on its lead.

        :param order: :class:`dealer.Order`
        :param url: where the order is shown
        """
        self.ensure_one()
        self.write(
            {
                "dealer_so_name": order.name,
                "dealer_so_id": order.id,
                "dealer_so_url": url,
                "dealer_so_state": order.state,
                "dealer_so_created_on": fields.Datetime.now(),
                **self._get_amount_vals(order),
            }
        )
        link = Markup('<a href="%s" target="_blank" rel="noopener">%s</a>')
        self.message_post(
            body=Markup("%s")
            % _("Sales order %(order)s created at %(dealership)s.")
            % {
                "order": link % (url, order.name),
                "dealership": self.dealership_id.display_name,
            },
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )
        if order.differs:
            self._schedule_warning(
                _("The dealer's order differs from the lead"),
                _(
                    "%(order)s was confirmed at %(dealership)s before, with another "
                    "vehicle, quantity, price or customer than this lead. Agree with "
                    "the dealer on what is right.",
                    order=order.name,
                    dealership=self.dealership_id.display_name,
                ),
            )

    def _send_order_mails(self):
        """Write to the dealers' managers; an error here leaves the sale alone."""
        template = self.env.ref(
            "crm_dealer_push.mail_template_dealer_order", raise_if_not_found=False
        )
        for lead in self:
            if not template or not lead.dealership_id.manager_email:
                lead._note_unsent_mail(
                    _("no e-mail address is entered on the dealership")
                )
                continue
            try:
                with self.env.cr.savepoint():
                    # Not as superuser: a template could read fields that its author
                    # may not.
                    lead._as_mail_author(template).send_mail(
                        lead.id, email_layout_xmlid="mail.mail_notification_light"
                    )
            except psycopg2.OperationalError:
                # the transaction itself is lost: the framework starts it over
                raise
            # if a customer's template fails, the sale is kept
            except Exception as error:  # noqa: BLE001
                _logger.warning("Mail for lead %s: %s", lead.id, type(error).__name__)
                lead._note_unsent_mail(_("the e-mail could not be created"))

    def _as_mail_author(self, template):
        """The template, in the name of the person who writes to the dealer's manager.

        :param template: mail.template
        :return: mail.template in another environment
        """
        user = self.env.user
        if self.env.uid != SUPERUSER_ID and user._is_internal():
            return template.with_user(user).sudo(False)
        user = self.env["crm.dealer.push"].sudo()._responsible(self)
        companies = (self.company_id & user.company_ids) | user.company_ids
        return template.with_user(user).with_context(allowed_company_ids=companies.ids)

    def _note_unsent_mail(self, reason):
        """Note that the dealer's manager was not notified.

        :param str reason: why, without a full stop
        """
        self.message_post(
            body=_(
                "The manager of %(dealership)s was not notified: %(reason)s.",
                dealership=self.dealership_id.display_name,
                reason=reason,
            ),
            subtype_xmlid="mail.mt_note",
        )

    def _sync_order(self, order):
        """Take over what the dealer did with the order since.

        :param order: :class:`dealer.Order`
        """
        self.ensure_one()
        values = {
            "dealer_so_state": order.state,
            "dealer_ordered_on": order.ordered_on,
            "dealer_expected_on": order.expected_on,
            "dealer_delivered_on": order.delivered_on,
        }
        if order.name != self.dealer_so_name:
            values["dealer_so_name"] = order.name
        convert = fields.Datetime.to_datetime
        changed = {
            name: value
            for name, value in values.items()
            if (convert(value) or False if name.endswith("_on") else value)
            != self[name]
        }
        changed.update(self._get_amount_vals(order))
        if not changed:
            return
        self.write(changed)
        if changed.get("dealer_so_state") == "cancel":
            self._schedule_warning(
                _("Order cancelled by the dealer"),
                _(
                    "%(dealership)s cancelled %(order)s. Ask the dealer why. To order "
                    "again, move the lead out of its won stage and mark it as won "
                    "again.",
                    dealership=self.dealership_id.display_name,
                    order=self.dealer_so_name,
                ),
            )

    def _mark_order_missing(self):
        """Take over that the dealer does not have the order any more."""
        self.ensure_one()
        if self.dealer_so_state in ("gone", "cancel"):
            return
        self.write({"dealer_so_state": "gone"})
        self._schedule_warning(
            _("Order no longer found at the dealer"),
            _(
                "%(order)s is no longer found at %(dealership)s: it was deleted there, "
                "or its account may not see it any more. Ask the dealer. To order "
                "again, move the lead out of its won stage and mark it as won again.",
                dealership=self.dealership_id.display_name,
                order=self.dealer_so_name,
            ),
        )

    def _schedule_warning(self, summary, note):
        """Plan an activity for the person who looks after the order.

        :param summary: text
        :param note: text
        """
        person = self.env["crm.dealer.push"].sudo()._responsible(self)
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=summary,
            note=note,
            user_id=person.id,
        )

    def _toast_failures(self, deliveries):
        """Say which leads stay where they were, one message for each reason.

        :param deliveries: dictionary of :class:`dealer.Delivery` by lead id
        """
        for reason, leads in self.grouped(
            lambda lead: deliveries[lead.id].message
        ).items():
            names = self._first_of(leads.mapped("display_name"))
            self._toast(reason, "danger", _("No order for %(leads)s", leads=names))

    @staticmethod
    def _first_of(names, most=10):
        """Names for a message of limited length.

        :param list names: texts
        :param most: number of names shown
        :return: text
        """
        return ", ".join([*names[:most], "…"] if len(names) > most else names)

    def _toast(self, message, kind, title=None):
        """Show a message to the current user, in any view.

        :param message: text
        :param kind: ``success``, ``info`` or ``danger``
        :param title: text, or None
        """
        self.env["bus.bus"].sudo()._sendone(
            self.env.user.partner_id,
            "crm_dealer_push.toast",
            {
                "type": kind,
                "title": title,
                "message": message,
                "sticky": kind == "danger",
                # a window that is opened later shows nothing again
                "sent_on": time.time(),
            },
        )

    def _get_amount_vals(self, order):
        """Values of the amount of an order, where they differ from what is shown.

        :param order: :class:`dealer.Order`
        :return: dictionary of values by field name
        """
        currency = self.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", order.currency)], limit=1)
        if not order.currency or not currency:
            return {}
        if currency == self.dealer_so_currency_id and not currency.compare_amounts(
            order.amount, self.dealer_so_amount
        ):
            return {}
        return {
            "dealer_so_amount": order.amount,
            "dealer_so_currency_id": currency.id,
        }

    def _toast_orders(self):
        """Say which orders were created, one message for each dealership."""
        for dealership, leads in self.grouped("dealership_id").items():
            if len(leads) == 1:
                text = _(
                    "Sales order %(order)s created at %(dealership)s",
                    order=leads.dealer_so_name,
                    dealership=dealership.display_name,
                )
            else:
                names = [f"{lead.dealer_so_name} ({lead.name})" for lead in leads]
                text = _(
                    "Sales orders created at %(dealership)s: %(orders)s",
                    dealership=dealership.display_name,
                    orders=self._first_of(names),
                )
            self._toast(text, "success")

    def _toast_queued(self):
        """Say that orders will be created in the background."""
        if not self or self.env.uid == SUPERUSER_ID:
            return
        for dealership, leads in self.sudo().grouped("dealership_id").items():
            self._toast(
                _(
                    "The order will be created at %(dealership)s in the background.",
                    dealership=dealership.display_name,
                ),
                "info",
                _("Won: %(leads)s", leads=self._first_of(leads.mapped("display_name"))),
            )
