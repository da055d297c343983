from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.crm_reseller_base.compat import check_access

# the models of the CRM and of the reseller program: their pages show what was shared
GUARDED_PREFIX = "crm."


class MailMessage(models.Model):
    """Messages of leads are shown on the portal's pages alone.

    Odoo lets people read and change messages that they wrote, were sent or follow. For
    the history of a lead, that is too much: shared users neither read, copy, change
    nor delete messages of the CRM's records, their own ones included.
    """

    _inherit = "mail.message"

    reseller_id = fields.Many2one(
        "res.partner",
        string="Reseller",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="The reseller that held the lead when this was written.",
    )

    reseller_visible = fields.Boolean(
        string="Visible to the Reseller",
        readonly=True,
        help="The reseller that held the lead when this was written can read it.",
    )

    reseller_from_team = fields.Boolean(
        string="Written by the Team",
        readonly=True,
        help="A comment of the team on a lead that a reseller held then.",
    )

    def init(self):
        result = super().init()
        self.env.cr.execute(
            # what the team wrote to a reseller, among all that the reseller wrote
            "CREATE INDEX IF NOT EXISTS mail_message_reseller_from_team "
            "ON mail_message (reseller_id, id) WHERE reseller_from_team"
        )
        return result

    # ------------------------------------------------------------
    # WHAT IS GUARDED
    # ------------------------------------------------------------

    def _is_reseller_guard_active(self):
        """Whether the guard on messages applies to the user.

        :return: bool
        """
        return not self.env.su and self.env.user.share

    @api.model
    def _is_reseller_guarded_model(self, model_name):
        """Whether messages of a model are closed to shared users. Hook.

        :param str model_name: name of a model, or nothing
        :return: bool
        """
        return (model_name or "").startswith(GUARDED_PREFIX)

    def _get_reseller_guarded(self):
        """Those of the messages that the user must not touch.

        :return: messages in the environment of the user; none for internal users
        """
        if not self._is_reseller_guard_active():
            return self.browse()
        guarded = self.sudo().filtered(
            lambda message: self._is_reseller_guarded_model(message.model)
        )
        return guarded.with_env(self.env)

    def _check_reseller_guard(self):
        """Refuse these messages to shared users where they are about the CRM's records.

        :raises AccessError: where any of them is
        """
        if self._get_reseller_guarded():
            raise self._make_reseller_refusal()

    def _make_reseller_refusal(self):
        """The error for shared users who ask for guarded messages.

        :return: AccessError, not raised yet
        """
        return AccessError(_("Messages about leads are on the pages of the leads."))

    # ------------------------------------------------------------
    # THE GUARD
    # ------------------------------------------------------------

    def _get_search_domain_share(self):
        """Leave guarded messages out of what shared users find.

        :return: domain; an object of class ``Domain`` from Odoo 19 on
        """
        domain = super()._get_search_domain_share()
        if not self._is_reseller_guard_active():
            return domain
        guard = [("model", "not like", GUARDED_PREFIX)]
        if isinstance(domain, list):
            return ["&", *guard, *domain]
        # from Odoo 19 on
        return fields.Domain(guard) & domain

    def check_access_rule(self, operation):
        """Up to Odoo 17: see ``_check_access``.

        :param str operation: read, create, write or unlink
        :return: what ``super`` returns
        :raises AccessError: for shared users on messages of the CRM's records
        """
        self._check_reseller_guard()
        return super().check_access_rule(operation)

    def _check_access(self, operation):
        """From Odoo 18 on: forbid the messages of the CRM's records to shared users.

        :param str operation: read, create, write or unlink
        :return: None, or a pair of the forbidden records and a function that makes the
            error
        """
        result = super()._check_access(operation)
        guarded = self._get_reseller_guarded()
        if not guarded:
            return result
        return (
            (guarded | result[0] if result else guarded),
            self._make_reseller_refusal,
        )

    def fetch(self, field_names=None):
        """Refuse to load messages that other models' fields lead to.

        Odoo loads messages as superuser, after ``read`` and searches have checked the
        rights; a field of a form or of a record can lead to any message.

        :param field_names: names of the fields to load
        :return: what ``super`` returns
        :raises AccessError: for shared users on messages of the CRM's records
        """
        self._check_reseller_guard()
        return super().fetch(field_names)

    def copy_data(self, default=None):
        """Check the right to read, which Odoo 17 does not check here.

        :param dict default: values that replace those copied
        :return: the values of the copies
        :raises AccessError: for a user who may not read the messages
        """
        if not self.env.su:
            check_access(self, "read")
        return super().copy_data(default)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._add_reseller_marks(vals_list))

    def write(self, vals):
        self._check_reseller_guard()
        result = super().write(vals)
        # not moved to a guarded record either
        self._check_reseller_guard()
        return result

    def unlink(self):
        self._check_reseller_guard()
        return super().unlink()

    @api.model
    def _add_reseller_marks(self, vals_list):
        """Note on the messages of leads which reseller holds the lead, and who wrote.

        :param list vals_list: values of new messages
        :return: the same values, with the mark where there is one
        """
        lead_ids = {
            vals["res_id"]
            for vals in vals_list
            if vals.get("model") == "crm.lead" and vals.get("res_id")
        }
        leads = self.env["crm.lead"].sudo().browse(lead_ids)
        holders = {lead.id: lead.reseller_id.id for lead in leads if lead.reseller_id}
        if not holders:
            return vals_list

        def is_held(vals):
            return vals.get("model") == "crm.lead" and vals.get("res_id") in holders

        def get_author(vals):
            # who is signed in, where none is named
            return vals.get("author_id", self.env.user.partner_id.id)

        author_ids = {get_author(vals) for vals in vals_list if is_held(vals)}
        authors = self.env["res.partner"].sudo().browse(filter(None, author_ids))
        team = set(authors.filtered(lambda author: not author.partner_share).ids)

        def mark(vals):
            from_team = (
                vals.get("message_type") == "comment" and get_author(vals) in team
            )
            return {
                "reseller_id": holders[vals["res_id"]],
                **vals,
                "reseller_from_team": from_team,
            }

        return [mark(vals) if is_held(vals) else vals for vals in vals_list]

    # ------------------------------------------------------------
    # NOTICES
    # ------------------------------------------------------------

    def _notify_message_notification_update(self):
        """Keep failed mails about leads off the screens of shared users.

        What would be sent there names the lead, and a mail that cannot be sent must
        not undo the reseller's answer.

        :return: what ``super`` returns
        """
        if not self.env.user.share:
            return super()._notify_message_notification_update()
        others = self.filtered(
            lambda message: not self._is_reseller_guarded_model(message.sudo().model)
        )
        return super(MailMessage, others)._notify_message_notification_update()
