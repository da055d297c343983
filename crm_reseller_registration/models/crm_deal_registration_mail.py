import re

from odoo import api, fields, models
from odoo.tools import format_datetime

from odoo.addons.crm_reseller_base.const import NO_NOTICE

from ..const import MAILS, PROTECTED

# what stands for a signed link in a mail that waits; only the mail that leaves has it
LINK_MARK = "reseller-link-%s-%d-%d"
LINK_MARKS = re.compile(r"reseller-link-(answer|extend)-([0-9]{1,10})-([0-9]{1,10})")
LINK_HOURS = 30 * 24
READER = "registration_reader"
MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"


class CrmDealRegistration(models.Model):
    """The mails about a registration, and the links they carry.

    The fields are there for the texts of the mails. They are about the one person that
    the context names, for a link is good for one person.
    """

    _inherit = "crm.deal.registration"

    mail_reader_id = fields.Many2one("res.partner", compute="_compute_mail_fields")
    mail_url = fields.Char(compute="_compute_mail_fields")
    mail_edit_url = fields.Char(compute="_compute_mail_fields")
    mail_answer_url = fields.Char(compute="_compute_mail_fields")
    mail_extend_url = fields.Char(compute="_compute_mail_fields")
    mail_due_text = fields.Char(compute="_compute_mail_fields")
    mail_until_text = fields.Char(compute="_compute_mail_fields")

    @api.depends_context(READER, "lang")
    @api.depends("decision_due_on", "lapses_on", "protected_until")
    def _compute_mail_fields(self):
        reader = self.env["res.partner"].browse(self.env.context.get(READER) or [])
        for registration in self:
            base = registration.get_base_url()
            registration.mail_reader_id = reader
            registration.mail_url = base + registration._get_reseller_path()
            registration.mail_edit_url = f"{registration.mail_url}/edit"
            registration.mail_answer_url = registration._get_marked_url(
                base, "answer", reader
            )
            registration.mail_extend_url = registration._get_marked_url(
                base, "extend", reader
            )
            due = registration.decision_due_on
            registration.mail_due_text = due and format_datetime(
                self.env,
                due,
                tz=reader.tz or registration.company_id.partner_id.tz or "UTC",
                dt_format="short",
            )
            registration.mail_until_text = registration._format_day(
                registration.lapses_on or registration.protected_until
            )

    def _get_marked_url(self, base, purpose, reader):
        if not (reader and self.id):
            return ""
        mark = LINK_MARK % (purpose, self.id, reader.id)
        return f"{base}/my/registrations/link/{self.id}/{purpose}/{mark}"

    @api.model
    def _get_mail_template(self, kind):
        """Return the template of a mail.

        :param str kind: one of ``const.MAILS``
        :return: mail.template, elevated; nothing where it was deleted
        """
        template = kind in MAILS and self.env.ref(
            f"crm_reseller_registration.mail_template_{kind}", raise_if_not_found=False
        )
        return (template or self.env["mail.template"]).sudo()

    def _send_mails(self, template, readers):
        """Send a mail to each person, with links of its own.

        :param template: mail.template, elevated; nothing for no mail
        :param readers: res.partner
        """
        self.ensure_one()
        if not template or self.env.context.get("reseller_no_notice") is NO_NOTICE:
            return
        asked_for = template == self._get_mail_template("draft")
        readers = readers.filtered(
            lambda reader: reader.email
            and (
                asked_for or reader._get_reseller_notification("registration") == "now"
            )
        )
        for reader in readers:
            template.with_context(**{READER: reader.id}).send_mail(self.id)
        queue = self.env.ref(MAIL_QUEUE, raise_if_not_found=False)
        if readers and queue:
            # after this transaction, not an hour later
            queue.sudo()._trigger()

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    def _get_reseller_link_stamp(self, purpose):
        """A link ends with the question, or with the request, it was made for."""
        self.ensure_one()
        if purpose == "answer":
            return f"{self.state} {self.return_count}"
        return f"{self.protection} {len(self.extension_ids)}"

    def _find_link_person(self, purpose, token):
        """Return whom a link still lets do something with the registration.

        :param str purpose: ``answer`` or ``extend``
        :param str token: as it came with the address
        :return: res.partner, elevated; nothing for anything else
        """
        self.ensure_one()
        person = self._check_reseller_link_token(purpose, token)
        allowed = (
            self.state == "returned"
            if purpose == "answer"
            else purpose == "extend" and self.protection in PROTECTED
        )
        level = self.reseller_id.reseller_level_id
        if (
            not allowed
            or person not in self._get_reseller_readers()
            or not (self.reseller_id.active and level.can_register_deal)
        ):
            return person.browse()
        return person

    def _get_link_marks(self, person):
        """What stands for signed links in a mail about this registration.

        :param person: res.partner, whom alone the mail goes to
        :return: list of pairs, see ``mail.mail._get_reseller_marks``
        """

        def sign(mark):
            purpose, record_id, person_id = mark.groups()
            if (int(record_id), int(person_id)) != (self.id, person.id):
                return mark.group()
            return self._get_reseller_link_token(purpose, person, LINK_HOURS)

        return [(LINK_MARKS, sign)] if self else []
