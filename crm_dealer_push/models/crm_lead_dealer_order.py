from odoo import _, models

from .. import compat
from ..lib import customers
from ..lib.dealer import Delivery, OrderLine, OrderRequest, split_price


class CrmLead(models.Model):
    """What is ordered at the dealer's: the place to add lines and values."""

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # WHAT IS ORDERED
    # ------------------------------------------------------------

    def _dealer_order_problems(self):
        """What keeps leads from being ordered, found without asking a dealer.

        :return: dictionary of :class:`dealer.Delivery` by lead id
        """
        problems = {lead.id: lead._dealer_order_problem() for lead in self}
        return {id_: Delivery(message=text) for id_, text in problems.items() if text}

    def _dealer_order_problem(self):
        """Say what is missing before the dealer can be asked. Hook.

        :return: text, fit to be shown; empty when nothing is missing
        """
        self.ensure_one()
        name, dealership = self.display_name, self.dealership_id
        if not dealership.active:
            return _(
                "%(dealership)s is archived. Choose another dealership.",
                dealership=dealership.display_name,
            )
        if not dealership._is_connected():
            return _(
                "%(dealership)s has no Odoo connection yet. An administrator fills in "
                "its Odoo Connection tab.",
                dealership=dealership.display_name,
            )
        if not self.vehicle_model_id:
            return _("Choose the vehicle model of %(lead)s first.", lead=name)
        if not self.vehicle_model_id.active:
            return _(
                "The vehicle model %(vehicle)s is archived. Choose another one.",
                vehicle=self.vehicle_model_id.display_name,
            )
        if self.vehicle_quantity <= 0:
            return _("Enter how many vehicles %(lead)s is about.", lead=name)
        if not self._dealer_customer().name:
            return _("Enter the customer's name on %(lead)s first.", lead=name)
        if dealership.price_rule == "lead" and self.expected_revenue <= 0:
            return _("Enter the expected revenue of %(lead)s first.", lead=name)
        if dealership.price_rule == "list" and self.vehicle_model_id.list_price <= 0:
            return _(
                "Enter the list price of the vehicle model %(vehicle)s first.",
                vehicle=self.vehicle_model_id.display_name,
            )
        return ""

    def _prepare_dealer_order(self):
        """The order as the dealer shall have it. Hook.

        An addon that orders more takes the request of ``super()`` and returns another
        one, for example with a second line and a payment term::

            def _prepare_dealer_order(self):
                order = super()._prepare_dealer_order()
                mats = OrderLine("MATS", self.vehicle_quantity, price=25.0)
                return dataclasses.replace(
                    order,
                    lines=(*order.lines, mats),
                    extra={**order.extra, "payment_term_id": "30 Days"},
                )

        All lines fill in the same columns: each has a price, or none has. It must give
        the same request for a lead that has not changed, since an order that says
        something else is rewritten. Fields it looks at belong to
        :meth:`_get_ordered_fields`, what can be missing to
        :meth:`_dealer_order_problem`.

        :return: :class:`dealer.OrderRequest`
        """
        self.ensure_one()
        push = self.env["crm.dealer.push"]
        lines, currency = self._prepare_dealer_order_lines()
        customer = self._dealer_customer()
        number = self._customer_number(customer.name)
        return OrderRequest(
            key=push._key(self),
            external_id=push._external_id("order", self.id),
            customer=customer,
            customer_external_id=push._external_id("customer", number),
            lines=lines,
            currency=currency,
            origin=_("CRM lead %(number)s", number=self.id),
            note=self._dealer_order_note(),
        )

    def _prepare_dealer_order_lines(self):
        """The vehicles, at the price the dealership's rule says.

        :return: tuple of :class:`dealer.OrderLine`, and the ISO code of the currency
            their prices are in; empty when the dealer decides
        """
        code, quantity = self.vehicle_model_id.default_code, self.vehicle_quantity
        rule = self.dealership_id.price_rule
        if rule == "list":
            model = self.vehicle_model_id
            line = OrderLine(code, quantity, model.list_price)
            return (line,), model.currency_id.name
        if rule == "lead":
            currency = self._get_dealer_company().currency_id
            digits = min(currency.decimal_places, 2)
            pieces = split_price(self.expected_revenue, quantity, digits)
            lines = tuple(OrderLine(code, number, price) for number, price in pieces)
            return lines, currency.name
        return (OrderLine(code, quantity),), ""

    def _dealer_order_note(self):
        """What the dealer reads below the order. Hook.

        :return: text, one line for each subject
        """
        lines = [self.name or ""]
        person = self._get_dealer_salesperson()
        if person:
            lines.append(
                _(
                    "Sold by %(person)s (%(mail)s)",
                    person=person.name,
                    mail=person.email or "-",
                )
            )
        return "\n".join(filter(None, lines))

    def _get_dealer_salesperson(self):
        """Who is named to the dealer: never a person who has left. Hook.

        :return: one record of ``res.users``, or none
        """
        self.ensure_one()
        people = self.user_id | self.team_id.user_id
        return people.filtered("active")[:1]

    def _customer_number(self, name):
        """What identifies the customer in our reference: its contact, or the lead.

        A company is no reference for the people in it.

        :param str name: name of the customer
        :return: text
        """
        partner = self.partner_id
        if customers.same_name(partner.name, name):
            return f"p{partner.id}"
        return f"l{self.id}"

    def _dealer_customer(self):
        """The lead's customer, as far as it is known here. Hook.

        :return: :class:`customers.Customer`
        """
        self.ensure_one()
        uuid = self.env["crm.dealer.push"]._database_uuid().replace("-", "")
        partner = self.partner_id
        person = self.contact_name or (not partner.is_company and partner.name)
        company = self.partner_name or partner.commercial_company_name
        name = (person or company or "").strip()
        is_partner = customers.same_name(partner.name, name)
        return customers.Customer(
            name=name,
            email=self.email_from or "",
            phone=self.phone or compat.get_mobile(self),
            company=(company or "").strip() if person else "",
            is_company=not person,
            reference=f"CRM-{uuid[:12]}-{self._customer_number(name)}",
            street=self.street or "",
            street2=self.street2 or "",
            city=self.city or "",
            zip=self.zip or "",
            country=self.country_id.code or "",
            state=self.state_id.code or "",
            website=self.website or "",
            function=self.function or "",
            lang=self.lang_code or (is_partner and partner.lang) or "",
            vat=(is_partner and partner.vat) or "",
        )
