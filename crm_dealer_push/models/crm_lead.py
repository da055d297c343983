import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import compat
from ..const import ORDER_STATES, RELEASED_STATES, RETRYABLE_STATES
from ..exceptions import DealerOrderError

# Written by our own code only: a person could pretend an order.
ORDER_FIELDS = frozenset(
    {
        "dealer_so_name",
        "dealer_so_id",
        "dealer_so_url",
        "dealer_so_state",
        "dealer_so_amount",
        "dealer_so_currency_id",
        "dealer_so_created_on",
        "dealer_ordered_on",
        "dealer_expected_on",
        "dealer_delivered_on",
    }
)

# Where a transaction keeps that it created orders.
ORDERS_CREATED_KEY = "crm_dealer_push.orders_created"

# What winning itself writes; nothing an order is made of.
WINNING_FIELDS = frozenset({"stage_id", "probability", "automated_probability"})

# A write without these moves no lead to another stage.
STAGE_FIELDS = frozenset({"stage_id", "team_id"})

# The forms of address a browser opens without running anything.
WEB_ADDRESS = re.compile(r"https?://[^\s]+\Z", re.IGNORECASE)


class PushFailed(Exception):
    """Leaves the savepoint with values of leads whose order could not be created."""


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.dealer.guard"]
    _guard_onchange = False

    dealer_push_ids = fields.One2many(
        "crm.dealer.push",
        "res_id",
        domain=lambda self: [("res_model", "=", self._name)],
        string="Dealer Orders",
        readonly=True,
        groups="base.group_system",
    )
    dealership_id = fields.Many2one(
        "crm.dealership",
        "Dealership",
        index="btree_not_null",
        tracking=True,
        # Not ``check_company``: a lead that no one works on yet has no company.
        domain="(company_id and ['|', ('company_id', '=', False),"
        " ('company_id', '=', company_id)] or [])",
        help="The dealer whose Odoo gets the sales order. Needed to win the lead.",
    )
    vehicle_model_id = fields.Many2one(
        "crm.vehicle.model",
        "Vehicle Model",
        tracking=True,
        help="What is ordered. Needed to win a lead with a dealership.",
    )
    vehicle_quantity = fields.Integer("Vehicles", default=1, group_operator="sum")
    dealer_so_name = fields.Char(
        "Dealer Order", readonly=True, copy=False, tracking=True
    )
    dealer_so_id = fields.Integer("Dealer Order ID", readonly=True, copy=False)
    dealer_so_url = fields.Char("Link to the Order", readonly=True, copy=False)
    dealer_so_state = fields.Selection(
        ORDER_STATES, "Dealer Order State", readonly=True, copy=False, tracking=True
    )
    dealer_so_amount = fields.Monetary(
        "Dealer Order Amount",
        currency_field="dealer_so_currency_id",
        readonly=True,
        copy=False,
        help="Total of the dealer's order without taxes, in its own currency.",
    )
    dealer_so_currency_id = fields.Many2one(
        "res.currency", "Dealer Order Currency", readonly=True, copy=False
    )
    dealer_so_created_on = fields.Datetime(
        "Dealer Order Created On", readonly=True, copy=False
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

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("dealer_ordered_on", "dealer_delivered_on")
    def _compute_dealer_fulfilment_days(self):
        delivered = self.filtered(
            lambda lead: lead.dealer_ordered_on and lead.dealer_delivered_on
        )
        (self - delivered).dealer_fulfilment_days = 0.0
        for lead in delivered:
            time = lead.dealer_delivered_on - lead.dealer_ordered_on
            lead.dealer_fulfilment_days = max(0.0, time.total_seconds() / 86400)

    @api.depends("dealership_id", "dealer_so_id", "stage_id")
    def _compute_dealer_push(self):
        # only for leads as they are stored, and for those who may see them
        stored = self._origin
        visible = stored if self.env.su else compat.filter_readable(stored)
        pushes = (
            self.env["crm.dealer.push"]
            .sudo()
            .search([("res_id", "in", visible.ids)], order="state_since, id")
        )
        last = {(push.res_id, push.dealership_id.id): push for push in pushes}
        for lead in self:
            push = last.get((lead._origin.id, lead._origin.dealership_id.id))
            lead.dealer_push_state = push.state if push else False
            lead.dealer_push_message = push.message if push else False

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("dealership_id", "company_id")
    def _check_dealership_company(self):
        """Keep dealership and lead in one company.

        :raises ValidationError: where they belong to different ones
        """
        for lead in self.filtered("dealership_id"):
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

    @api.constrains("dealer_so_url")
    def _check_dealer_so_url(self):
        """Accept web addresses only.

        :raises ValidationError: for anything else
        """
        for lead in self.filtered("dealer_so_url"):
            if not WEB_ADDRESS.match(lead.dealer_so_url):
                raise ValidationError(_("The link to the order is no web address."))

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def _get_guarded_fields(self):
        """The dealer's order cannot be set by anyone.

        :return: set of names of fields
        """
        return super()._get_guarded_fields() | self._order_fields()

    @api.model_create_multi
    def create(self, vals_list):
        """Create leads; the orders of those that are created as won are queued.

        :param vals_list: list of dictionaries of values
        :return: the leads
        :raises DealerOrderError: when such a lead cannot be ordered for
        """
        leads = super().create(vals_list)
        # A lead that is created as won has no former stage to stay in, and is not
        # committed yet: its order is created after that.
        won = leads.filtered(lambda lead: lead.dealership_id and lead.stage_id.is_won)
        won._leads_to_push()._queue_orders()
        return leads

    def write(self, vals):
        """Change leads; winning them creates the dealers' orders first.

        Where leads no longer want their order it is released, and where they become won
        in another way one is queued: decided by comparing before and after.

        :param vals: dictionary of values
        :return: True
        :raises DealerOrderError: when no lead could be won
        :raises UserError: when an order fixes what would be changed
        """
        self._check_guarded_fields(vals)
        stage = self._get_stage_written(vals)
        if stage.is_won:
            return self._write_won(vals)
        ordered = self._get_ordered_fields() & vals.keys()
        if not ordered and not STAGE_FIELDS & vals.keys():
            return super().write(vals)
        # without a dealership before and after, the stage says nothing
        was_won = self.filtered(
            lambda lead: (ordered or lead.dealership_id) and lead.stage_id.is_won
        )
        wanting = was_won.filtered(lambda lead: lead._wants_an_order())
        if not stage:
            self._check_order_unchanged(vals)
        unmade = self.browse()
        if ordered and not stage:
            unmade = self._won_without_order((*RELEASED_STATES, "queued"))
        result = super().write(vals)
        wanting.filtered(lambda lead: not lead._wants_an_order())._release_orders()
        (self - was_won)._on_won_otherwise()
        unmade._order_again()
        return result

    @api.model
    def _order_fields(self):
        """The fields that show the dealer's order. Hook.

        :return: frozen set of field names
        """
        return ORDER_FIELDS

    @api.model
    def _get_ordered_fields(self):
        """The fields an order is made of: fixed while there is one. Hook.

        An addon whose :meth:`_prepare_dealer_order` looks at further fields adds them.

        :return: set of field names
        """
        return {"dealership_id", "vehicle_model_id", "vehicle_quantity"}

    @api.model
    def _get_stage_written(self, vals):
        """The stage these values put leads into.

        :param vals: dictionary as given to ``write``; ids may be texts
        :return: one record of ``crm.stage``, or none
        """
        value = vals.get("stage_id")
        if isinstance(value, str) and value.isdigit():
            value = int(value)
        stages = self.env["crm.stage"]
        if isinstance(value, int) and value:
            return stages.browse(value)
        return stages

    def _check_order_unchanged(self, vals):
        """Refuse to make a lead say something else than its order.

        :param vals: dictionary as given to ``write``
        :raises UserError: for leads with an order
        """
        names = self._get_ordered_fields() & vals.keys()
        for lead in self.filtered("dealer_so_id") if names else ():
            for name in names:
                field = lead._fields[name]
                after = field.convert_to_cache(vals[name], lead, validate=False)
                if after != field.convert_to_cache(lead[name], lead, validate=False):
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

    # ------------------------------------------------------------
    # WHAT A LEAD WANTS
    # ------------------------------------------------------------

    def _wants_an_order(self):
        """Whether this lead, as it is now, shall have an order at its dealership.

        A won lead that is marked as lost stays in its stage, and is archived.

        :return: bool
        """
        self.ensure_one()
        if not self.dealership_id or not self.stage_id.is_won:
            return False
        return bool(self.dealer_so_id or self.active or self.probability)

    def _wants_order_at(self, dealership):
        """Whether this lead, as it is now, shall have an order at a dealership.

        :param dealership: one record of ``crm.dealership``
        :return: False as well for an empty recordset
        """
        return bool(
            self and self.dealership_id == dealership and self._wants_an_order()
        )

    def _has_dealer_order(self):
        """Whether an order exists at the dealer, or may exist or be created soon.

        :return: bool
        """
        self.ensure_one()
        live = ("queued", "sending", "unknown", "created", "done")
        return bool(self.dealer_so_id) or any(
            push.state in live for push in self.sudo().dealer_push_ids
        )

    def _get_dealer_company(self):
        """The company whose settings and currency count for this lead.

        :return: one record of ``res.company``, the same for every user
        """
        lead = self.sudo()
        return (
            lead.company_id
            or lead.team_id.company_id
            or lead.dealership_id.company_id
            or self.env["res.company"].sudo().search([], order="id", limit=1)
        )[:1]

    def _filter_needing_dealership(self):
        """Of these leads those that cannot be won without a dealership. Hook.

        :return: the leads whose company asks for one, and has one that is connected
        """
        needing = self.browse()
        groups = self.grouped(lambda lead: lead._get_dealer_company())
        for company, leads in groups.items():
            if company.dealer_require_dealership and self.env[
                "crm.dealership"
            ].sudo().search_count(
                [
                    ("company_id", "in", (False, company.id)),
                    ("odoo_url", "!=", False),
                    ("has_api_key", "=", True),
                ]
            ):
                needing |= leads
        return needing

    def _check_has_dealership(self, vals):
        """Refuse to win leads without a dealership, where they need one.

        :param vals: dictionary as given to ``write``
        :raises UserError: naming the leads
        """
        if vals.get("dealership_id"):
            return
        without = self.filtered(
            lambda lead: "dealership_id" in vals or not lead.dealership_id
        )
        without = without._filter_needing_dealership()
        if without:
            raise DealerOrderError(
                _(
                    "Choose the dealership on the tab Dealer first: %(leads)s",
                    leads=", ".join(without.mapped("display_name")),
                ),
                without.ids,
            )

    # ------------------------------------------------------------
    # MERGE
    # ------------------------------------------------------------

    def _merge_get_fields(self):
        """Dealership, vehicle and quantity of the merged leads are kept.

        :return: list of names of fields
        """
        return [
            *super()._merge_get_fields(),
            "dealership_id",
            "vehicle_model_id",
        ]

    def _merge_get_fields_specific(self):
        """The quantity belongs to the vehicle that is kept.

        :return: dict of functions by name of field
        """
        specific = super()._merge_get_fields_specific()
        specific["vehicle_quantity"] = lambda _name, leads: next(
            (lead.vehicle_quantity for lead in leads if lead.vehicle_model_id),
            leads[:1].vehicle_quantity,
        )
        return specific

    def _merge_dependences(self, opportunities):
        """An order stays with its lead.

        :param opportunities: the leads that are merged into this one
        :return: what ``super`` returns
        :raises UserError: when a lead that would be deleted has an order
        """
        ordered = opportunities.filtered(lambda lead: lead._has_dealer_order())
        if ordered:
            raise UserError(
                _(
                    "These leads have an order at a dealer and cannot be merged into "
                    "another: %(leads)s",
                    leads=", ".join(ordered.mapped("display_name")),
                )
            )
        return super()._merge_dependences(opportunities)

    # ------------------------------------------------------------
    # WINNING
    # ------------------------------------------------------------

    def _release_orders(self):
        """Release the orders of leads that stopped being won.

        Reconciliation cancels them, unless the leads are won again before.
        """
        if not self:
            return
        push = self.env["crm.dealer.push"].sudo()
        push._lock_leads(self)
        pushes = push.search(
            [("res_id", "in", self.ids), ("state", "in", ("done", "queued"))]
        )
        waiting = pushes.filtered(lambda push: push.state == "queued")
        asked = waiting.filtered("attempts")
        (pushes - waiting)._update_state(("done",), "created", alerted=False)
        asked._update_state(("queued",), "unknown", alerted=False)
        (waiting - asked)._update_state(("queued",), "cancelled")
        pushes._log("withdrawn", _("The lead left its won stage."), user=self.env.user)
        with_order = self.filtered("dealer_so_id")
        with_order.sudo().write(dict.fromkeys(ORDER_FIELDS, False))

    def _on_won_otherwise(self):
        """Queue the orders of leads that are won now, though no stage was written."""
        self._leads_to_push().filtered(
            lambda lead: lead._wants_an_order()
        )._queue_orders()

    def _queue_orders(self):
        """Queue the orders of these won leads.

        :raises DealerOrderError: when one of them cannot be ordered for
        """
        if not self:
            return
        problems = self._dealer_order_problems()
        if problems:
            failed = self.filtered(lambda lead: lead.id in problems)
            raise DealerOrderError(failed._push_failure_text(problems), failed.ids)
        self.env["crm.dealer.push"]._enqueue(self)

    def _won_without_order(self, states):
        """Those in a won stage whose order was wanted once, and is not there.

        :param states: what may have become of the order
        :return: crm.lead
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

    def action_set_won(self):
        """Mark as won, which also makes the dealers' orders.

        :return: what ``super`` returns
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
        """Mark as lost, which also releases the dealers' orders.

        :param additional_values: see Odoo
        :return: what ``super`` returns
        """
        wanting = self.filtered(lambda lead: lead._wants_an_order())
        result = super().action_set_lost(**additional_values)
        wanting.filtered(
            lambda lead: not (lead.active or lead.probability)
            or not lead._wants_an_order()
        )._release_orders()
        return result

    def _write_won(self, vals):
        """Have the orders created for the leads that are to be won, then win those.

        Leads whose order fails are left as they were; when all fail, the write fails.

        Winning writes to rows that all leads share (the statistics behind predictive
        scoring). They must not be locked while a dealer thinks, so the dealers come
        first; should the write fail after that, reconciliation cancels the orders.

        :param vals: dictionary as given to ``write``, with a won stage
        :return: True
        :raises DealerOrderError: when all orders failed
        """

        def plain_write(leads):
            """Write the values as Odoo does.

            :param leads: crm.lead
            :return: True
            """
            # named in full, for it is about other leads than those of ``self``
            return super(CrmLead, leads).write(dict(vals))  # noqa: UP008

        to_win = self.filtered(lambda lead: not lead.stage_id.is_won)
        to_win |= (self - to_win)._won_without_order(RELEASED_STATES)
        (self - to_win)._check_order_unchanged(vals)
        to_win._check_has_dealership(vals)
        if not to_win or not vals.get("dealership_id", to_win.dealership_id):
            return plain_write(self)
        push = self.env["crm.dealer.push"]
        compat.check_access(self, "write")
        push._lock_leads(to_win)
        order_vals = {name: vals[name] for name in vals if name not in WINNING_FIELDS}
        if order_vals:
            deliveries, failed = self._push_with_values(to_win, order_vals)
        else:
            pushed = to_win._leads_to_push()
            deliveries = push._push_or_queue(pushed)
            failed = pushed.filtered(lambda lead: deliveries[lead.id].failed)
        won = self - failed
        if failed:
            # Orders created earlier in this transaction must not lose their leads.
            if not won and not self.env.cr.postcommit.data.get(ORDERS_CREATED_KEY):
                text = failed._push_failure_text(deliveries)
                raise DealerOrderError(text, failed.ids)
            failed._toast_failures(deliveries)
        result = plain_write(won) if won else True
        delivered = to_win.filtered(lambda lead: lead.id in deliveries)
        delivered.filtered(lambda lead: deliveries[lead.id].order)._set_orders(
            deliveries
        )
        delivered.filtered(lambda lead: deliveries[lead.id].queued)._toast_queued()
        return result

    def _push_with_values(self, to_win, order_vals):
        """Have orders created for leads as they will be with these values.

        :param to_win: the leads, a part of ``self``
        :param order_vals: dictionary of values to write before
        :return: the deliveries by lead id, and the leads that failed; the latter are as
            before
        :raises PushFailed: never to the caller; it undoes the savepoint
        """
        push = self.env["crm.dealer.push"]
        deliveries, failed, queued = {}, self.browse(), self.browse()
        try:
            with self.env.cr.savepoint():
                to_win.write(order_vals)
                self.env.flush_all()
                pushed = to_win._leads_to_push()
                deliveries = push._push_or_queue(pushed)
                failed = pushed.filtered(lambda lead: deliveries[lead.id].failed)
                queued = pushed.filtered(lambda lead: deliveries[lead.id].queued)
                if failed:
                    raise PushFailed()
        except PushFailed:
            # the others get their values again, and their place in the queue
            (to_win - failed).write(order_vals)
            push._enqueue(queued)
        return deliveries, failed

    def _leads_to_push(self):
        """Those that want an order and have none.

        :return: crm.lead
        """
        return self.filtered(lambda lead: lead.dealership_id and not lead.dealer_so_id)

    def action_dealer_push(self):
        """Create the orders of leads that are won and have none, at once.

        For everyone who may change the leads.

        :return: dictionary of a client action
        :raises AccessError: for users who may not change the leads
        :raises UserError: when a lead is not won, or cannot be ordered for
        """
        compat.check_access(self, "write")
        todo = self._leads_to_push()
        if todo.filtered(lambda lead: not lead.stage_id.is_won):
            raise UserError(_("Mark the lead as won to create its order."))
        problems = todo._dealer_order_problems()
        if problems:
            failed = todo.filtered(lambda lead: lead.id in problems)
            raise DealerOrderError(failed._push_failure_text(problems), failed.ids)
        pushes = self.env["crm.dealer.push"].sudo()
        known = pushes.search([("res_id", "in", todo.ids)]).filtered(
            lambda push: push.lead_id.dealership_id == push.dealership_id
        )
        retried = known.filtered(lambda push: push.state in RETRYABLE_STATES)
        in_use = known.filtered(lambda push: push.state in ("sending", "created"))
        busy = {push.res_id for push in retried | in_use}
        pushes._enqueue(todo.filtered(lambda lead: lead.id not in busy))
        problems = retried._retry_now()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if problems else "success",
                "title": _("The order is not created yet")
                if problems
                else _("The order is created or under way"),
                "message": "\n".join(problems),
                "sticky": bool(problems),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _push_failure_text(self, deliveries):
        """Why no order could be created for these leads.

        :param dict deliveries: :class:`dealer.Delivery` by lead id
        :return: sentence, or a line for each lead
        """
        if len(self) == 1:
            return deliveries[self.id].message
        lines = [f"{lead.display_name}: {deliveries[lead.id].message}" for lead in self]
        return "\n".join(
            [_("No order could be created for these leads. Their stage is unchanged:")]
            + lines
        )
