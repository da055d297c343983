from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import split_every

from .. import compat
from ..const import ALL_STATES, BATCH


class CrmDealerPush(models.Model):
    """Orders created in the background, and who hears of those that are not."""

    _inherit = "crm.dealer.push"

    # ------------------------------------------------------------
    # QUEUE
    # ------------------------------------------------------------

    @api.model
    def _enqueue(self, leads):
        """Keep orders to be created later, in the transaction that wins the leads.

        :param leads: recordset of ``crm.lead`` with a dealership
        """
        this = self.sudo()
        queued = this.browse()
        now = fields.Datetime.now()
        for dealership, group in leads.sudo().grouped("dealership_id").items():
            keys = {this._key(lead): lead.id for lead in group}
            known = this.search(
                [("dealership_id", "=", dealership.id), ("key", "in", list(keys))]
            )
            values = {"mode": "queued", "next_try_on": now, "alerted": False}
            known._update_state(ALL_STATES, "queued", **values)
            found = set(known.mapped("key"))
            new = this.create(
                [
                    {
                        **values,
                        "state": "queued",
                        "key": key,
                        "res_id": lead_id,
                        "dealership_id": dealership.id,
                    }
                    for key, lead_id in keys.items()
                    if key not in found
                ]
            )
            queued |= known | new
        if queued:
            queued._log("queued", user=self.env.user)
            queued._wake_queue()

    def _wake_queue(self):
        """See that these rows are taken up when they are due. Hook.

        The scheduled action does it. An addon that has another way to run them needs
        not call ``super()``: the scheduled action also picks up what is left behind.
        """
        due = {push.next_try_on or fields.Datetime.now() for push in self}
        self.env.ref("crm_dealer_push.ir_cron_process_queue")._trigger(due)

    @api.model
    def _cron_process_queue(self):
        """Create the orders that are due, each dealership in its own transaction."""
        due = self.search(
            [
                ("state", "=", "queued"),
                "|",
                ("next_try_on", "=", False),
                ("next_try_on", "<=", fields.Datetime.now()),
            ],
            order="next_try_on, id",
        )
        for dealership, pushes in due.grouped("dealership_id").items():
            with self._isolate_errors(dealership):
                pushes._process_in_own_transactions()
        # on a fresh snapshot: what was given up just now is reported at once
        with self._own_transaction() as env:
            env[self._name]._raise_alerts()

    def _process_in_own_transactions(self):
        """Create the orders of these rows, bundle by bundle, each committed at once."""
        for pushes in self.grouped("dealership_id").values():
            for batch in split_every(BATCH, pushes.ids):
                with self._own_transaction() as env:
                    env[self._name].browse(batch)._process_queued()

    def _process_queued(self):
        """Create these orders of one dealership. Leads in use are left for later."""
        pushes = self.filtered(lambda push: push.state == "queued")
        dealership = pushes.dealership_id
        leads = self._lock_leads(
            self.env["crm.lead"].browse(pushes.mapped("res_id")), wait=False
        )
        pushes = pushes.filtered(lambda push: push.res_id in set(leads.ids))
        there = leads.exists()
        wanted = there.filtered(lambda lead: lead._wants_order_at(dealership))
        have = wanted.filtered("dealer_so_id")
        for push in pushes:
            if push.res_id in have.ids:
                push._update_state(("queued",), "done")
            elif push.res_id not in wanted.ids:
                # The lead was moved on. If a call went out before, there may be an
                # order to cancel: reconciliation looks.
                push._update_state(
                    ("queued",), "unknown" if push.attempts else "cancelled"
                )
                push._log(
                    "withdrawn", _("The lead is no longer won for this dealership.")
                )
        todo = wanted - have
        todo -= self._refuse_queued(pushes, todo)
        if not todo:
            return
        deliveries = self._deliver_to(dealership, todo)
        todo.filtered(lambda lead: deliveries[lead.id].order)._set_orders(deliveries)

    def _refuse_queued(self, pushes, leads):
        """Give up on orders that cannot be asked for as their leads are now.

        They wait for a change of the lead or the dealership, not for time.

        :param pushes: the queued rows
        :param leads: crm.lead, those of the rows
        :return: their leads
        """
        problems = leads._dealer_order_problems()
        refused = leads.filtered(lambda lead: lead.id in problems)
        for push in pushes.filtered(lambda push: push.res_id in problems):
            message = problems[push.res_id].message
            # after an earlier call there may be an order: reconciliation looks
            state = "unknown" if push.attempts else "failed"
            push._update_state(("queued",), state, message=message)
            push._log("failed", message)
        if refused:
            self._notify_failures(pushes.dealership_id, problems)
        return refused

    @api.model
    def _raise_alerts(self):
        """Give a person an activity for queued orders that are not created in time."""
        now = fields.Datetime.now()
        late = self.sudo().search(
            [
                ("mode", "=", "queued"),
                ("alerted", "=", False),
                ("state", "in", ("queued", "sending", "unknown", "failed")),
            ]
        )
        queued_on = late._queued_on()
        late = late.filtered(
            lambda push: push.state == "failed"
            or queued_on.get(push.id, push.create_date)
            <= now - timedelta(hours=push._get_alert_hours())
        )
        for push in late:
            push._alert(
                _("The dealer's order is not created yet"),
                push.message or _("It has been waiting since the lead was won."),
            )
        late.alerted = True

    def _get_alert_hours(self):
        """How many hours an order of this row may wait, by the setting of its company.

        :return: hours
        """
        self.ensure_one()
        company = self.company_id or self.lead_id._get_dealer_company()
        return company.dealer_alert_after_hours

    def _queued_on(self):
        """When each row was last put into the queue.

        :return: dictionary of datetimes by id
        """
        groups = self.env["crm.dealer.push.event"]._read_group(
            [("push_id", "in", self.ids), ("kind", "=", "queued")],
            ["push_id"],
            ["create_date:max"],
        )
        return {push.id: date for push, date in groups}

    def _alert(self, summary, note):
        """Plan an activity: on the lead, or where it is gone on the dealership. Hook.

        :param summary: text
        :param note: text
        """
        for push in self.sudo():
            place = push.lead_id or push.dealership_id
            place.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=note,
                user_id=push._responsible(push.lead_id).id,
            )

    def _responsible(self, lead):
        """Who looks after a dealer's order: the first active one who can see it. Hook.

        :param lead: the order's lead, or an empty recordset when it was deleted
        :return: one record of ``res.users``
        """
        pushes = self or self.search([("res_id", "in", lead.ids)])
        people = lead.user_id | lead.team_id.user_id | pushes.event_ids.user_id
        people |= self._any_manager()
        for person in people.filtered(lambda user: user.active and not user.share):
            # a person who may not see the lead cannot do anything there
            leads = lead.with_user(person).with_context(
                active_test=False, allowed_company_ids=person.company_ids.ids
            )
            if not lead or leads.search_count([("id", "=", lead.id)]):
                return person
        return self.env.user

    def _any_manager(self):
        """A sales administrator.

        :return: res.users, one or none
        """
        manager = self.env.ref("sales_team.group_sale_manager")
        return compat.users_with_group(self.env, manager)[:1]
