from odoo import _, models
from odoo.exceptions import AccessError

# What a reseller's login may read by itself, over whatever protocol: enough to find
# its leads, nothing of what is in them. The pages read the rest for it, after the
# record rules have let the lead through, and show what may be shown.
RESELLER_READABLE_FIELDS = frozenset(
    [
        "id",
        "active",
        "create_date",
        "reseller_answered_on",
        "reseller_offered_on",
        "reseller_due_on",
        "reseller_state",
        "type",
        "write_date",
    ]
)


class CrmLead(models.Model):
    """What a reseller's login may read of a lead by itself."""

    _inherit = "crm.lead"

    def _is_read_by_reseller(self):
        return not self.env.su and self.env.user.has_group(
            "crm_reseller_portal.group_reseller_user"
        )

    def _check_reseller_fields(self, field_names):
        """Refuse the lead's contents to a reseller's login."""
        hidden = {name.split(".")[0] for name in field_names}
        hidden -= RESELLER_READABLE_FIELDS
        if hidden and self._is_read_by_reseller():
            raise AccessError(
                _(
                    "Resellers read their leads on the portal pages only (%(fields)s).",
                    fields=", ".join(sorted(hidden)),
                )
            )

    def check_field_access_rights(self, operation, field_names):
        """Up to Odoo 18: the fields one may read; see `_has_field_access`."""
        allowed = super().check_field_access_rights(operation, field_names)
        if not field_names and self._is_read_by_reseller():
            return [name for name in allowed if name in RESELLER_READABLE_FIELDS]
        self._check_reseller_fields(field_names or [])
        return allowed

    def _has_field_access(self, field, operation):
        """From Odoo 19 on: whether one may read a field."""
        return super()._has_field_access(field, operation) and not (
            field.name not in RESELLER_READABLE_FIELDS and self._is_read_by_reseller()
        )

    def _thread_to_store(self, store, fields, **kwargs):
        """From Odoo 19 on: what windows are told of a lead, once all is committed.

        A reseller's answer is told to the team with the reseller's own rights: a name
        it may not read is left out, or the answer would end in an error page.
        """
        if self._is_read_by_reseller():
            fields = [
                field
                for field in fields
                if not isinstance(field, str) or field in RESELLER_READABLE_FIELDS
            ]
        return super()._thread_to_store(store, fields, **kwargs)

    def _fetch_field(self, field):
        # the other columns, fetched along for speed, are not this reader's to see
        if not self._is_read_by_reseller():
            return super()._fetch_field(field)
        alone = self.with_context(prefetch_fields=False)
        return super(CrmLead, alone)._fetch_field(field)

    def _recompute_field(self, field, ids=None):
        # what is left to compute at the end of a reseller's request is the system's
        # work, and needs the fields the reseller may not read
        if not self._is_read_by_reseller():
            return super()._recompute_field(field, ids)
        return super(CrmLead, self.sudo())._recompute_field(field, ids)

    def _where_calc(self, domain, active_test=True):
        """Up to Odoo 18: a filter tells as much about a field as reading it."""
        if not self.env.su:
            self._check_reseller_fields(
                str(leaf[0])
                for leaf in domain
                if not isinstance(leaf, str) and leaf[0] not in (0, 1)
            )
        return super()._where_calc(domain, active_test=active_test)

    def _order_field_to_sql(self, alias, field_name, *args):
        if not self.env.su:
            self._check_reseller_fields([field_name])
        return super()._order_field_to_sql(alias, field_name, *args)

    # ------------------------------------------------------------
    # Messages: through the page alone, which leaves out what is not for the reader
    # ------------------------------------------------------------

    def _get_mail_message_access(self, res_ids, operation, model_name=None):
        """Up to Odoo 18: the right on the lead that reading its messages takes."""
        needed = super()._get_mail_message_access(res_ids, operation, model_name)
        if operation == "read" and self._is_read_by_reseller():
            return "write"
        return needed

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """From Odoo 19 on: see `_get_mail_message_access`."""
        needed = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if (
            message_operation == "read"
            and self.with_env(self.env(su=False))._is_read_by_reseller()
        ):
            return dict.fromkeys(needed, "write")
        return needed
