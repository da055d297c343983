import logging

import psycopg2
from markupsafe import Markup

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import str2bool

from ..const import ORDER_STATES
from ..lib import customers, dealer
from .crm_dealer_push import Outcome

_logger = logging.getLogger(__name__)

# Written by the push alone: whoever could set them could pretend an order.
ORDER_FIELDS = frozenset(
    {
        "dealer_so_name",
        "dealer_so_id",
        "dealer_so_url",
        "dealer_so_state",
        "dealer_ordered_on",
        "dealer_expected_on",
        "dealer_delivered_on",
    }
)


# Where a transaction notes that it made orders.
MADE = "crm_dealer_push.made"

# What an order is made of: fixed while there is one.
ORDERED_FIELDS = ("dealership_id", "vehicle_model_id", "vehicle_quantity")


# What an order is in that nobody works on any more.
LET_GO_STATES = ("unknown", "created", "failed", "cancelled")

# What winning itself writes; nothing an order is made of.
WINNING_FIELDS = frozenset({"stage_id", "probability", "automated_probability"})


class PushFailed(Exception):
    """Leaves the savepoint with values of leads for whom no order could be made."""


class CrmLead(models.Model):
    _inherit = "crm.lead"

    dealership_id = fields.Many2one(
        "crm.dealership",
        "Dealership",
        index="btree_not_null",
        tracking=True,
        # Not `check_company`: a lead nobody works on yet has no company.
        domain="(company_id and ['|', ('company_id', '=', False),"
        " ('company_id', '=', company_id)] or [])",
    )
    vehicle_model_id = fields.Many2one(
        "crm.vehicle.model", "Vehicle Model", index="btree_not_null", tracking=True
    )
    vehicle_quantity = fields.Float("Vehicles", default=1.0)
    dealer_so_name = fields.Char(
        "Dealer Order", readonly=True, copy=False, tracking=True
    )
    dealer_so_id = fields.Integer("Dealer Order ID", readonly=True, copy=False)
    dealer_so_url = fields.Char("Link to the Order", readonly=True, copy=False)
    dealer_so_state = fields.Selection(
        ORDER_STATES, "Dealer Order State", readonly=True, copy=False, tracking=True
    )
    dealer_ordered_on = fields.Datetime("Confirmed On", readonly=True, copy=False)
    dealer_expected_on = fields.Datetime("Delivery Expected", readonly=True, copy=False)
    dealer_delivered_on = fields.Datetime("Delivered On", readonly=True, copy=False)
    dealer_fulfilment_days = fields.Float(
        "Days to Deliver",
        compute="_compute_dealer_fulfilment_days",
        store=True,
        digits=(16, 1),
        help="From the dealer's confirmation of the order to its delivery.",
        # An average would count what is not delivered as 0 days: the report does not.
        group_operator=None,
    )
    dealer_push_state = fields.Selection(
        lambda self: self.env["crm.dealer.push"]._fields["state"].selection,
        "Order Progress",
        compute="_compute_dealer_push",
    )
    dealer_push_message = fields.Char("Order Problem", compute="_compute_dealer_push")

    # ------------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------------

    @api.depends("dealer_ordered_on", "dealer_delivered_on")
    def _compute_dealer_fulfilment_days(self):
        for lead in self:
            days = 0.0
            if lead.dealer_ordered_on and lead.dealer_delivered_on:
                time = lead.dealer_delivered_on - lead.dealer_ordered_on
                days = max(0.0, time.total_seconds() / 86400)
            lead.dealer_fulfilment_days = days

    @api.depends("dealership_id", "dealer_so_id", "stage_id")
    def _compute_dealer_push(self):
        pushes = (
            self.env["crm.dealer.push"]
            .sudo()
            .search([("res_id", "in", self.ids)], order="state_since, id")
        )
        last = {(push.res_id, push.dealership_id.id): push for push in pushes}
        for lead in self:
            push = last.get((lead._origin.id, lead.dealership_id.id))
            lead.dealer_push_state = push.state if push else False
            lead.dealer_push_message = push.message if push else False

    # ------------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------------

    @api.constrains("dealership_id", "company_id")
    def _check_dealership_company(self):
        for lead in self:
            companies = lead.company_id | lead.dealership_id.company_id
            if len(companies) > 1:
                raise ValidationError(
                    _(
                        "%(dealership)s belongs to %(company)s, and %(lead)s does not. "
                        "Choose a dealership of the lead's company.",
                        dealership=lead.dealership_id.display_name,
                        company=lead.dealership_id.company_id.display_name,
                        lead=lead.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_order_fields(vals)
        leads = super().create(vals_list)
        # A lead that is born won has no former stage to stay in, and is not committed
        # yet: its order is made after that.
        born_won = leads.filtered(
            lambda lead: lead.dealership_id and lead.stage_id.is_won
        )._leads_to_push()
        if born_won:
            problems = born_won._dealer_order_problems()
            if problems:
                failed = born_won.filtered(lambda lead: lead.id in problems)
                raise UserError(failed._push_failure_text(problems))
            self.env["crm.dealer.push"]._enqueue(born_won)
        return leads

    def write(self, vals):
        self._check_order_fields(vals)
        if "stage_id" not in vals:
            if not set(ORDERED_FIELDS) & set(vals):
                return super().write(vals)
            self._check_order_unchanged(vals)
            unmade = self._won_without_order((*LET_GO_STATES, "queued"))
            result = super().write(vals)
            unmade._order_again()
            return result
        if not self.env["crm.stage"].browse(vals["stage_id"] or []).is_won:
            self._leave_won()
            return super().write(vals)
        entering = self.filtered(lambda lead: not lead.stage_id.is_won)
        entering |= (self - entering)._won_without_order(LET_GO_STATES)
        (self - entering)._check_order_unchanged(vals)
        with_dealership = bool(vals.get("dealership_id", entering.dealership_id))
        if entering and not vals.get("dealership_id"):
            entering._check_has_dealership("dealership_id" in vals)
        if not entering or not with_dealership:
            return super().write(vals)

        def plain_write(leads):
            # named in full, for it is about other leads than those of `self`
            return super(CrmLead, leads).write(dict(vals))  # noqa: UP008

        return self._write_won(entering, vals, plain_write)

    @api.model
    def _order_fields(self):
        """The fields that show the dealer's order."""
        return ORDER_FIELDS

    def _check_order_fields(self, vals):
        if not self.env.su and ORDER_FIELDS & set(vals):
            raise AccessError(_("The dealer's order is written by the push alone."))

    def _check_order_unchanged(self, vals):
        """Refuse to make a lead say something else than its order.

        :raises UserError: for leads with an order
        """
        for lead in self.filtered("dealer_so_id"):
            for name in ORDERED_FIELDS:
                before = lead._fields[name].convert_to_write(lead[name], lead)
                if name in vals and vals[name] != before:
                    raise UserError(
                        _(
                            "%(lead)s has the order %(order)s at %(dealership)s. Move "
                            "the lead out of its won stage first: the order is then "
                            "cancelled.",
                            lead=lead.display_name,
                            order=lead.dealer_so_name,
                            dealership=lead.dealership_id.display_name,
                        )
                    )

    def _check_has_dealership(self, taken_away):
        """Where the settings ask for it, refuse to win leads without a dealership.

        :raises UserError: naming the leads
        """
        required = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("crm_dealer_push.require_dealership")
        )
        without = (
            self if taken_away else self.filtered(lambda lead: not lead.dealership_id)
        )
        if without and str2bool(required or "", False):
            raise UserError(
                _(
                    "Choose a dealership first: %(leads)s",
                    leads=", ".join(without.mapped("display_name")),
                )
            )

    def _leave_won(self):
        """Let go of the orders of leads that leave their won stage.

        The sweeper cancels them, unless the leads are won again before.
        """
        leaving = self.filtered(
            lambda lead: lead.dealership_id and lead.stage_id.is_won
        )
        if not leaving:
            return
        push = self.env["crm.dealer.push"].sudo()
        push._lock_leads(leaving)
        pushes = push.search(
            [("res_id", "in", leaving.ids), ("state", "in", ("done", "queued"))]
        )
        waiting = pushes.filtered(lambda push: push.state == "queued")
        asked = waiting.filtered("attempts")
        (pushes - waiting)._set_state("created", alerted=False)
        asked._set_state("unknown", alerted=False)
        (waiting - asked)._set_state("cancelled")
        pushes._log("withdrawn", _("The lead left its won stage."), user=self.env.user)
        with_order = leaving.filtered("dealer_so_id")
        with_order.sudo().write(dict.fromkeys(ORDER_FIELDS, False))

    def _won_without_order(self, states):
        """Those in a won stage whose order was wanted once, and is not there.

        :param states: what may have become of the order
        """
        without = self.filtered(
            lambda lead: lead.stage_id.is_won
            and lead.dealership_id
            and not lead.dealer_so_id
        )
        if not without:
            return without
        pushes = (
            self.env["crm.dealer.push"]
            .sudo()
            .search([("res_id", "in", without.ids), ("state", "in", states)])
        )
        wanted = set(pushes.mapped("res_id"))
        return without.filtered(lambda lead: lead.id in wanted)

    def _order_again(self):
        """Put leads into the queue whose order could not be made as they were."""
        todo = self.filtered("active")._leads_to_push()
        problems = todo._dealer_order_problems()
        self.env["crm.dealer.push"]._enqueue(
            todo.filtered(lambda lead: lead.id not in problems)
        )

    def _wants_order_at(self, dealership):
        """Whether this lead, as it is now, shall have an order at a dealership.

        A won lead that is marked as lost stays in its stage, and is archived.
        """
        if not self.stage_id.is_won or self.dealership_id != dealership:
            return False
        return bool(self.dealer_so_id or self.active or self.probability)

    # ------------------------------------------------------------------
    # WON
    # ------------------------------------------------------------------

    def action_set_won(self):
        """Mark as won, which also makes the dealers' orders.

        :raises UserError: when there is no stage that means won
        """
        for leads in self.grouped("team_id").values():
            if not leads[:1]._stage_find(domain=[("is_won", "=", True)]):
                raise UserError(
                    _(
                        "No won stage configured. Open Configuration > Stages and tick "
                        '"Is Won Stage" on one of them.'
                    )
                )
        return super().action_set_won()

    def action_set_lost(self, **additional_values):
        """Mark as lost, which also lets go of the dealers' orders."""
        self._leave_won()
        return super().action_set_lost(**additional_values)

    def _write_won(self, entering, vals, plain_write):
        """Have the orders made for the leads that are to be won, then win those.

        Leads whose order fails are left as they were; when all fail, the write fails.

        Winning writes to rows that all leads share (the statistics behind predictive
        scoring). They must not be locked while a dealer thinks, so the dealers come
        first; should the write fail after that, the sweeper cancels the orders.
        """
        push = self.env["crm.dealer.push"]
        self._check_may_write()
        push._lock_leads(entering)
        early = {name: vals[name] for name in vals if name not in WINNING_FIELDS}
        if early:
            outcomes, failed = self._accept_with(entering, early)
        else:
            pushed = entering._leads_to_push()
            outcomes = push._accept(pushed)
            failed = pushed.filtered(lambda lead: outcomes[lead.id].failed)
        won = self - failed
        if failed:
            # Orders made earlier in this transaction must not lose their leads.
            if not won and not self.env.cr.postcommit.data.get(MADE):
                raise UserError(failed._push_failure_text(outcomes))
            failed._toast_failures(outcomes)
        result = plain_write(won) if won else True
        made = entering.filtered(
            lambda lead: lead.id in outcomes and outcomes[lead.id].order
        )
        made._take_orders(outcomes)
        return result

    def _accept_with(self, entering, early):
        """Have orders made for leads as they will be with these values.

        :return: the outcomes, and the leads that failed; the latter are as before
        """
        push = self.env["crm.dealer.push"]
        outcomes, failed, queued = {}, self.browse(), self.browse()
        try:
            with self.env.cr.savepoint():
                entering.write(early)
                self.env.flush_all()
                pushed = entering._leads_to_push()
                outcomes = push._accept(pushed)
                failed = pushed.filtered(lambda lead: outcomes[lead.id].failed)
                queued = pushed.filtered(lambda lead: outcomes[lead.id].queued)
                if failed:
                    raise PushFailed()
        except PushFailed:
            # the others get their values again, and their place in the queue
            (entering - failed).write(early)
            push._enqueue(queued)
        return outcomes, failed

    def _check_may_write(self):
        """Refuse those who may not write these leads before a dealer is asked.

        :raises AccessError: as the write itself would
        """
        if hasattr(self, "check_access"):
            self.check_access("write")
        else:
            self.check_access_rights("write")
            self.check_access_rule("write")

    def _leads_to_push(self):
        """Those that want an order and have none."""
        return self.filtered(lambda lead: lead.dealership_id and not lead.dealer_so_id)

    def action_dealer_push(self):
        """Make the order of leads that are won and have none.

        :raises AccessError: for users who are no sales managers
        :raises UserError: when a lead is not won
        """
        self.env["crm.dealership"]._check_manager()
        todo = self._leads_to_push()
        if todo.filtered(lambda lead: not lead.stage_id.is_won):
            raise UserError(_("Mark the lead as won: that makes its order."))
        self.env["crm.dealer.push"]._enqueue(todo)
        return True

    def _push_failure_text(self, outcomes):
        if len(self) == 1:
            return outcomes[self.id].message
        lines = [f"{lead.display_name}: {outcomes[lead.id].message}" for lead in self]
        return "\n".join(
            [_("No order could be made for these leads; they stay where they were:")]
            + lines
        )

    def _take_orders(self, outcomes):
        """Show the orders on their leads, and tell those concerned."""
        leads = self.sudo()
        if not leads:
            return
        for lead in leads:
            lead._take_order(outcomes[lead.id].order, outcomes[lead.id].url)
        self.env.cr.postcommit.data[MADE] = True
        self.env["crm.dealer.push"]._confirm_after_commit(
            leads.dealership_id.ids, leads.ids
        )
        leads._send_order_mails()
        if self.env.uid != SUPERUSER_ID:
            names = [lead.dealer_so_name for lead in leads]
            if len(leads) > 1:
                names = [f"{lead.dealer_so_name} ({lead.name})" for lead in leads]
            text = _("Sales orders made: %(names)s", names=self._first_of(names))
            self._toast(text, "success")

    def _take_order(self, order, url):
        self.ensure_one()
        self.write(
            {
                "dealer_so_name": order.name,
                "dealer_so_id": order.id,
                "dealer_so_url": url,
                "dealer_so_state": order.state,
            }
        )
        link = Markup('<a href="%s" target="_blank" rel="noopener">%s</a>')
        self.message_post(
            body=Markup("%s")
            % _("Sales order %(order)s was made at %(dealership)s.")
            % {
                "order": link % (url, order.name),
                "dealership": self.dealership_id.display_name,
            },
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )
        if order.differs:
            self._give_to_do(
                _("The dealer's order says something else"),
                _(
                    "%(order)s was confirmed at %(dealership)s before, with another "
                    "vehicle, quantity, price or customer than this lead. Agree with "
                    "the dealer on what is right.",
                    order=order.name,
                    dealership=self.dealership_id.display_name,
                ),
            )

    def _send_order_mails(self):
        """Tell the dealers' managers; what goes wrong here leaves the sale alone."""
        template = self.env.ref(
            "crm_dealer_push.mail_template_dealer_order", raise_if_not_found=False
        )
        for lead in self:
            if not template or not lead.dealership_id.manager_email:
                lead._note_unsent_mail(
                    _("no e-mail address is known; enter it on the dealership")
                )
                continue
            try:
                with self.env.cr.savepoint():
                    # Not as superuser: whoever may write the template could have a
                    # field read that nobody may read.
                    lead._as_mail_author(template).send_mail(
                        lead.id, email_layout_xmlid="mail.mail_notification_light"
                    )
            except psycopg2.OperationalError:
                # the transaction itself is lost: the framework starts it over
                raise
            # whatever breaks in a customer's template, the sale stands
            except Exception as error:  # noqa: BLE001
                _logger.warning("Mail for lead %s: %s", lead.id, type(error).__name__)
                lead._note_unsent_mail(_("the mail could not be made"))

    def _as_mail_author(self, template):
        """The template, in the name of who writes to the dealer's manager."""
        user = self.env.user
        if self.env.uid != SUPERUSER_ID and user._is_internal():
            return template.with_user(user).sudo(False)
        user = self.env["crm.dealer.push"].sudo()._responsible(self)
        companies = (self.company_id & user.company_ids) | user.company_ids
        return template.with_user(user).with_context(allowed_company_ids=companies.ids)

    def _note_unsent_mail(self, reason):
        self.message_post(
            body=_(
                "The manager of %(dealership)s was not told: %(reason)s.",
                dealership=self.dealership_id.display_name,
                reason=reason,
            ),
            subtype_xmlid="mail.mt_note",
        )

    def _follow_order(self, order):
        """Take over what the dealer did with the order since."""
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
        if not changed:
            return
        self.write(changed)
        if changed.get("dealer_so_state") == "cancel":
            self._give_to_do(
                _("Order cancelled by the dealer"),
                _(
                    "%(dealership)s cancelled %(order)s. Ask the dealer why. To order "
                    "again, move the lead out of its won stage and win it again.",
                    dealership=self.dealership_id.display_name,
                    order=self.dealer_so_name,
                ),
            )

    def _miss_order(self):
        """Take over that the dealer has the order no more."""
        self.ensure_one()
        if self.dealer_so_state in ("gone", "cancel"):
            return
        self.write({"dealer_so_state": "gone"})
        self._give_to_do(
            _("Order no longer found at the dealer"),
            _(
                "%(order)s is no longer found at %(dealership)s: it was deleted there, "
                "or its account may not see it any more. Ask the dealer. To order "
                "again, move the lead out of its won stage and win it again.",
                dealership=self.dealership_id.display_name,
                order=self.dealer_so_name,
            ),
        )

    def _give_to_do(self, summary, note):
        person = self.env["crm.dealer.push"].sudo()._responsible(self)
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=summary,
            note=note,
            user_id=person.id,
        )

    def _toast_failures(self, outcomes):
        """Say which leads stay where they were, one message for each reason."""
        for reason, leads in self.grouped(
            lambda lead: outcomes[lead.id].message
        ).items():
            names = self._first_of(leads.mapped("display_name"))
            self._toast(reason, "danger", _("No order for %(leads)s", leads=names))

    @staticmethod
    def _first_of(names, most=10):
        """Names for a message that must not grow without an end."""
        return ", ".join([*names[:most], "…"] if len(names) > most else names)

    def _toast(self, message, kind, title=None):
        """Show a message to the person at work, whatever view they work in."""
        self.env["bus.bus"].sudo()._sendone(
            self.env.user.partner_id,
            "simple_notification",
            {
                "type": kind,
                "title": title,
                "message": message,
                "sticky": kind == "danger",
            },
        )

    # ------------------------------------------------------------------
    # WHAT IS ORDERED
    # ------------------------------------------------------------------

    def _dealer_order_problems(self):
        """Outcomes of the leads no dealer needs to be asked for, by lead id."""
        problems = {lead.id: lead._dealer_order_problem() for lead in self}
        return {id_: Outcome(message=text) for id_, text in problems.items() if text}

    def _dealer_order_problem(self):
        """Say what is missing before the dealer can be asked, or nothing. Hook."""
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
        if self.vehicle_quantity <= 0:
            return _("Say how many vehicles %(lead)s is about.", lead=name)
        if not self._dealer_customer().name:
            return _("Enter the customer's name on %(lead)s first.", lead=name)
        if dealership.price_rule == "lead" and self.expected_revenue <= 0:
            return _("Enter the expected revenue of %(lead)s first.", lead=name)
        return ""

    def _prepare_dealer_order(self):
        """The order as the dealer shall have it. Hook."""
        self.ensure_one()
        push = self.env["crm.dealer.push"]
        rule = self.dealership_id.price_rule
        price, currency = None, ""
        if rule == "list":
            price = self.vehicle_model_id.list_price
            currency = self.vehicle_model_id.currency_id.name
        elif rule == "lead":
            price = self.expected_revenue / self.vehicle_quantity
            currency = self.company_currency.name
        customer = self._dealer_customer()
        number = self._customer_number(customer.name)
        return dealer.OrderRequest(
            key=push._key(self),
            external_id=push._external_id("order", self.id),
            customer=customer,
            customer_external_id=push._external_id("customer", number),
            product_code=self.vehicle_model_id.default_code,
            quantity=self.vehicle_quantity,
            price=price,
            currency=currency,
            origin=_("CRM lead %(number)s", number=self.id),
            note=self._dealer_order_note(),
        )

    def _dealer_order_note(self):
        """What the dealer reads below the order. Hook."""
        lines = [self.name or ""]
        if self.user_id:
            lines.append(
                _(
                    "Sold by %(person)s (%(mail)s)",
                    person=self.user_id.name,
                    mail=self.user_id.email or "-",
                )
            )
        return "\n".join(filter(None, lines))

    def _customer_number(self, name):
        """What stands for the customer in our reference: its contact, or the lead.

        A company is no reference for the people in it.
        """
        partner = self.partner_id
        if customers.same_name(partner.name, name):
            return f"p{partner.id}"
        return f"l{self.id}"

    def _dealer_customer(self):
        """The lead's customer, as far as it is known here. Hook."""
        self.ensure_one()
        uuid = self.env["crm.dealer.push"]._database_uuid().replace("-", "")
        partner = self.partner_id
        person = self.contact_name or (not partner.is_company and partner.name)
        company = self.partner_name or partner.commercial_company_name
        mobile = "mobile" in self._fields and self["mobile"]
        name = (person or company or "").strip()
        is_partner = customers.same_name(partner.name, name)
        return customers.Customer(
            name=name,
            email=self.email_from or "",
            phone=self.phone or mobile or "",
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
