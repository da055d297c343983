from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..const import PROTECTED
from .crm_deal_registration_people import BUNDLE


class CrmDealRegistration(models.Model):
    """The protection of a registered deal: a lease that work renews."""

    _inherit = "crm.deal.registration"

    def _grant_provisional(self):
        """Protect the customer because the team did not decide in time."""
        self.ensure_one()
        self._lock_rows()
        if self.state != "submitted" or self.protection in PROTECTED:
            return
        if not self._claim_customer():
            self._log_note(
                _("Not protected: the customer belongs to another registration.")
            )
            return
        now = fields.Datetime.now()
        days = self.company_id.reseller_registration_provisional_days
        if days <= 0:
            return
        self.write(
            {
                "protection": "provisional",
                "granted_on": now,
                "protected_until": now + timedelta(days=days),
                "warned_on": False,
            }
        )
        self._tell_reseller(
            "provisional",
            lambda self: _(
                "We did not decide in time: this deal is provisionally protected "
                "until %(day)s.",
                day=self._format_day(self.protected_until),
            ),
        )

    def _grant_protection(self):
        """Protect the customer of a qualified registration, if it is free."""
        self.ensure_one()
        level = self.reseller_id.reseller_level_id
        if not self.claim_ids or level.protection_days <= 0:
            self.write({"protection": "none", "protected_until": False})
            self._release_customer()
            return
        now = fields.Datetime.now()
        self.write(
            {
                "protection": "granted",
                "granted_on": now,
                "protected_until": now + timedelta(days=level.protection_days),
                "idle_days": level.lease_idle_days,
                "worked_on": False,
                "warned_on": False,
                "lapsed_on": False,
            }
        )

    def _renew(self):
        """Work was logged on the deals: the time without work starts anew."""
        now = fields.Datetime.now()
        registrations = self.sudo().filtered(
            lambda registration: registration.protection == "granted"
        )
        for registration in registrations:
            until = registration.protected_until
            if registration.idle_days:
                until = max(until, now + timedelta(days=registration.idle_days))
            registration.write(
                {"worked_on": now, "protected_until": until, "warned_on": False}
            )

    def _lapse(self):
        """The protection is over: without work, it counts against the reseller."""
        now = fields.Datetime.now()
        for registration in self:
            registration._lock_rows()
            ends = registration.lapses_on
            if registration.protection not in PROTECTED or not ends or ends > now:
                continue
            registration.write(
                {
                    "protection": "lapsed",
                    "lapsed_on": now,
                    "lapsed_idle": (
                        registration.protection == "granted"
                        and not registration.worked_on
                    ),
                }
            )
            registration._release_customer()
            registration._tell_reseller(
                "lapsed", lambda self: _("The protection of this deal has ended.")
            )

    def _end_protection(self):
        """The deal is closed as lost: nothing is left to protect."""
        registrations = self.sudo().filtered(
            lambda registration: registration.protection in PROTECTED
        )
        if registrations:
            registrations.write(
                {"protection": "lapsed", "lapsed_on": fields.Datetime.now()}
            )
            registrations._release_customer()

    @api.model
    def _cron_handle_protection(self, auto_commit=False):
        """Warn before protections end, and let those end that are due.

        :param bool auto_commit: commit after each bundle
        """
        now = fields.Datetime.now()
        due = self.sudo().search(
            [("protection", "in", PROTECTED), ("lapses_on", "<=", now)],
            order="lapses_on, id",
        )
        self._in_bundles(due.ids, lambda each: each._lapse(), auto_commit, BUNDLE)
        for company in self.env["res.company"].sudo().search([], limit=None):
            days = company.reseller_registration_warning_days
            if days <= 0:
                continue
            ending = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("protection", "=", "granted"),
                    ("lapses_on", "<=", now + timedelta(days=days)),
                    ("lapses_on", ">", now),
                    ("warned_on", "=", False),
                ]
            )
            self._in_bundles(ending.ids, lambda each: each._warn(), auto_commit, BUNDLE)

    def _warn(self):
        """Tell the reseller that a protection ends soon, once."""
        self._lock_rows()
        waiting = self.filtered(
            lambda each: each.protection == "granted" and not each.warned_on
        )
        waiting.write({"warned_on": fields.Datetime.now()})
        waiting._tell_reseller(
            "expiring",
            lambda self: _(
                "The protection of this deal ends on %(day)s. It is renewed when you "
                "log work on the opportunity; you can also ask for more time.",
                day=self._format_day(self.lapses_on),
            ),
        )

    # ------------------------------------------------------------
    # EXTENSION
    # ------------------------------------------------------------

    def _ask_for_extension(self, days, reason, person=None):
        """The reseller asks for more time.

        :param int days: how many more
        :param str reason: why
        :param person: res.partner who asks; the user's own if left out
        :raises UserError: without a reason, without protection, or while a request
            waits for its decision
        """
        self.ensure_one()
        registration = self.sudo()
        registration._lock_rows()
        if registration.protection != "granted":
            raise UserError(_("Only a protected deal can be extended."))
        if not reason:
            raise UserError(_("Please say why you need more time."))
        if registration.extension_ids.filtered(lambda each: each.state == "pending"):
            raise UserError(_("Your request for more time is being decided."))
        self.env["crm.deal.registration.extension"].sudo().create(
            {
                "registration_id": registration.id,
                "days": days,
                "reason": reason,
                "requested_by_id": (person or self.env.user.partner_id).id,
            }
        )
        registration._schedule(
            registration._get_responsible(),
            fields.Datetime.now(),
            lambda self: _("Decide on the request for more time"),
        )
        registration._tell_team(
            _("We ask for %(days)s more days: %(reason)s", days=days, reason=reason),
            person,
        )
