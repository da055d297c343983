from datetime import timedelta

from markupsafe import Markup

from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext, plaintext2html
from odoo.tools.misc import format_date, formatLang

from odoo.addons.crm_reseller_base.locks import lock_for_click

from ..forms.contact import PLACE_FIELDS, TEXT_FIELDS
from ..forms.figures import FIGURES, MOST_PROBABLE
from .crm_lead import STEP_FIELDS

# the lead's own data a reseller may correct; never who holds it, or its state
CONTACT_FIELDS = (*TEXT_FIELDS, *PLACE_FIELDS)
RESULT = "crm_reseller_portal.mail_activity_type_result"
# the probability of a deal that is won
CERTAIN = 100
# the same note again within this time is the same click, or an impatient one
SENT_TWICE = timedelta(minutes=5)


class CrmLead(models.Model):
    """What a reseller does on the web: one method for each thing.

    The pages check the user's own rights first, then call these under ``sudo()`` of
    the user's own environment, so that the reseller remains the author. None of them
    can be called over RPC.
    """

    _inherit = "crm.lead"

    def _is_open_for_reseller(self):
        """Whether the deal is accepted and neither won nor lost.

        :return: bool
        """
        self.ensure_one()
        return self.reseller_state == "accepted" and self._is_reseller_open()

    # ------------------------------------------------------------
    # FIGURES, NEXT STEP, CONTACT
    # ------------------------------------------------------------

    def _reseller_update(self, vals):
        """Change the figures of a deal.

        :param dict vals: validated values of ``FIGURES``
        """
        self._check_reseller_access("edit")
        self._reseller_write(
            {name: vals[name] for name in FIGURES if name in vals}, "figures"
        )

    def _reseller_correct_contact(self, vals):
        """Correct the customer's data on this deal.

        The customer's own record in the address book is not changed: others use it
        too, and an account may hang on its e-mail address.

        :param dict vals: validated values of ``CONTACT_FIELDS``
        """
        self._check_reseller_access("contact")
        self.with_context(reseller_correction=True)._reseller_write(
            {name: vals[name] for name in CONTACT_FIELDS if name in vals}, "contact"
        )

    def _get_partner_email_update(self, *args, **kwargs):
        """Leave the partner's address alone while a reseller corrects the lead's
        contact.

        :param args: arguments of Odoo, passed on
        :param kwargs: arguments of Odoo, passed on
        :return: whether to write the address to the partner
        """
        if self.env.context.get("reseller_correction"):
            return False
        return super()._get_partner_email_update(*args, **kwargs)

    def _get_partner_phone_update(self, *args, **kwargs):
        """Leave the partner's number alone while a reseller corrects the lead's
        contact.

        :param args: arguments of Odoo, passed on
        :param kwargs: arguments of Odoo, passed on
        :return: whether to write the number to the partner
        """
        if self.env.context.get("reseller_correction"):
            return False
        return super()._get_partner_phone_update(*args, **kwargs)

    def _reseller_write(self, vals, kind):
        """Write what differs, and show the team what it was and what it is.

        :param dict vals: values of fields
        :param str kind: what kind of work it is, see ``_on_reseller_work``
        """
        self.ensure_one()
        team = self.with_context(lang=self._get_reseller_team_lang())
        before = {name: team._format_reseller_value(name) for name in vals}
        changed = {
            name: value
            for name, value in vals.items()
            if value != self._fields[name].convert_to_write(self[name], self)
            and (value or self[name])
        }
        if not changed:
            return
        # the message below shows the team everything
        self.with_context(mail_notrack=True).write(dict(changed))
        lines = Markup().join(
            Markup("<li>%s: %s → %s</li>")
            % (
                self._fields[name].get_description(team.env)["string"],
                before[name] or "–",
                team._format_reseller_value(name) or "–",
            )
            for name in changed
        )
        self._post_as_reseller(Markup("<ul>%s</ul>") % lines)
        self._on_reseller_work({kind})

    def _format_reseller_value(self, name):
        """A field's value as the team writes it.

        :param str name: name of a field of the lead
        :return: the formatted value; empty for an empty one that is neither amount nor
            percentage
        """
        value = self[name]
        if name == "expected_revenue":
            return formatLang(self.env, value, currency_obj=self.company_currency)
        if name == "probability":
            return f"{value:g}%"
        if name == "date_deadline":
            return format_date(self.env, value) if value else ""
        if isinstance(value, models.BaseModel):
            return value.display_name or ""
        return value or ""

    def _get_reseller_probability(self):
        """The probability as resellers read it: a deal that is open is never certain.

        :return: whole percents
        """
        if self.probability >= CERTAIN:
            return CERTAIN
        return min(round(self.probability), MOST_PROBABLE)

    def _reseller_plan_step(self, step_type, note, deadline):
        """Plan the next step, or change the one that is planned.

        :param str step_type: one of ``STEP_TYPES``
        :param str note: what exactly
        :param deadline: day, as date or text
        """
        self._check_reseller_access("edit")
        vals = {
            "reseller_step_type": step_type,
            "reseller_step_note": note or False,
            "reseller_step_date": fields.Date.to_date(deadline),
        }
        if any(self[name] != value for name, value in vals.items()):
            self.write(vals)
            team = self.with_context(lang=self._get_reseller_team_lang())
            text = team._get_step_planned_text(team._get_step_text())
            team._post_as_reseller(plaintext2html(text))
            self._on_reseller_work({"step"})

    def _reseller_finish_step(self):
        """The planned step is done; say so in the history."""
        self._reseller_end_step("_get_step_done_text")

    def _reseller_remove_step(self):
        """The planned step is not needed any more; say so in the history."""
        self._reseller_end_step("_get_step_removed_text")

    def _reseller_end_step(self, get_text):
        """Take the planned step away; twice counts once.

        :param str get_text: name of the method that puts it into words
        """
        self._check_reseller_access("edit")
        if not self.reseller_step_type:
            return
        team = self.with_context(lang=self._get_reseller_team_lang())
        text = getattr(team, get_text)(team._get_step_text())
        self.write(dict.fromkeys(STEP_FIELDS, False))
        team._post_as_reseller(plaintext2html(text))
        self._on_reseller_work({"step"})

    def _get_step_planned_text(self, label):
        """The note about a step that is planned now.

        :param str label: the step in words
        :return: text in the language of the context
        """
        return _("Next step planned: %(step)s", step=label)

    def _get_step_removed_text(self, label):
        """The note about a step that is no longer planned.

        :param str label: the step in words
        :return: text in the language of the context
        """
        return _("Next step removed: %(step)s", step=label)

    def _get_step_done_text(self, label):
        """The note about a step that is done.

        :param str label: the step in words
        :return: text in the language of the context
        """
        return _("Next step done: %(step)s", step=label)

    # ------------------------------------------------------------
    # QUESTIONS
    # ------------------------------------------------------------

    def _reseller_ask(self, text):
        """Ask the team something, before or after the answer.

        The salesperson is notified at once; the question is shown on the lead's page.

        :param str text: plain text
        :return: the message; the same again when it was sent twice
        :raises UserError: when the text is empty
        """
        self.ensure_one()
        self._check_reseller_access("ask")
        if not text:
            raise UserError(_("Write your question."))
        return self._post_once(plaintext2html(text), kinds={"question"})

    # ------------------------------------------------------------
    # NOTES, DOCUMENTS, COLLEAGUES
    # ------------------------------------------------------------

    def _reseller_post(self, text, attachments=()):
        """Write a note and add documents.

        :param str text: plain text
        :param list attachments: pairs of clean name and content
        :return: what ``_post_once`` returns
        """
        self.ensure_one()
        self._check_reseller_access("attach")
        body = plaintext2html(text) if text else Markup()
        kinds = {"note"} if text else set()
        if attachments:
            kinds.add("document")
        return self._post_once(body, attachments, kinds)

    def _post_once(self, body, attachments=(), kinds=()):
        """Post a message of the reseller, unless it was sent just now.

        :param body: markup
        :param list attachments: pairs of clean name and content
        :param kinds: what kinds of work it is, see ``_on_reseller_work``
        :return: the message
        """
        lock_for_click(self, touch=True)
        earlier = self._find_same_post(body, attachments)
        if earlier:
            return earlier
        message = self._post_as_reseller(body, attachments)
        self._on_reseller_work(set(kinds))
        return message

    def _find_same_post(self, body, attachments):
        """What this person sent with the same words and files just now.

        :param body: Markup
        :param list attachments: pairs of name and content
        :return: mail.message, one or none
        """
        Attachment = self.env["ir.attachment"]
        sent = sorted(
            (name, Attachment._compute_checksum(content))
            for name, content in attachments
        )
        recent = self.env["mail.message"].search(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "=", self.id),
                ("author_id", "=", self.env.user.partner_id.id),
                ("date", ">=", fields.Datetime.now() - SENT_TWICE),
            ]
        )
        words = html2plaintext(body)
        return recent.filtered(
            lambda message: html2plaintext(message.body or "") == words
            and sorted((file.name, file.checksum) for file in message.attachment_ids)
            == sent
        )[:1]

    def _may_remove_document(self, document):
        """Whether the user put this document here, and the deal is open.

        :param document: ir.attachment
        :return: bool
        """
        return self._is_open_for_reseller() and document.create_uid == self.env.user

    def _reseller_remove_document(self, document):
        """Take back a document the user put here; say so in the history.

        :param document: ir.attachment shown on the lead's page
        :raises UserError: where another person added the document, or the deal is
            closed
        """
        self.ensure_one()
        self._check_reseller_access("remove")
        if not self._may_remove_document(document):
            raise UserError(_("Only who added a document can remove it."))
        name = document.name
        document.unlink()
        team = self.with_context(lang=self._get_reseller_team_lang())
        team._post_as_reseller(plaintext2html(team._get_document_removed_text(name)))

    def _get_document_removed_text(self, name):
        """The note about a removed document.

        :param str name: name of the file
        :return: text in the language of the context
        """
        return _("Removed the document %(name)s.", name=name)

    def _reseller_hand_over(self, colleague):
        """Put a colleague in charge. For supervisors.

        :param colleague: res.partner of the same company who can sign in
        :raises UserError: where the person is not a colleague who can work the leads
        """
        self.ensure_one()
        self._check_reseller_access("delegate")
        user = self.env.user
        if colleague not in user._get_reseller_colleagues_sudo():
            raise UserError(_("Choose one of your colleagues."))
        if self.reseller_contact_id == colleague:
            return
        self.write({"reseller_contact_id": colleague.id})
        team = self.with_context(lang=self._get_reseller_team_lang())
        team._post_as_reseller(
            plaintext2html(team._get_handed_over_text(colleague)), people=colleague
        )

    def _get_handed_over_text(self, colleague):
        """The note about a new person in charge.

        :param colleague: res.partner
        :return: text in the language of the context
        """
        return _(
            "%(colleague)s takes care of this from now on.", colleague=colleague.name
        )

    # ------------------------------------------------------------
    # WON OR LOST
    # ------------------------------------------------------------

    def _reseller_report_outcome(
        self,
        outcome,
        lost_reason=None,
        order_reference="",
        comment="",
        attachments=(),
        amount_won=None,
        won_on=None,
    ):
        """Report to the team how a deal ended; the team confirms it.

        :param str outcome: won or lost
        :param lost_reason: record of crm.lost.reason, for a lost deal
        :param str order_reference: number of the order, for a won deal
        :param str comment: more about it
        :param list attachments: pairs of clean name and content
        :param float amount_won: what a won deal came to, in the lead's currency
        :param won_on: day of the order, as date or text
        :return: the report, a new one or the same as sent before
        :raises UserError: when another result was reported already
        """
        self._check_reseller_access("report")
        won = outcome == "won"
        vals = {
            "lead_id": self.id,
            "reseller_id": self.reseller_id.id,
            "author_id": self.env.user.partner_id.id,
            "outcome": outcome,
            "lost_reason_id": lost_reason.id if lost_reason else False,
            "order_reference": order_reference or False,
            "comment": comment or False,
            "currency_id": self.company_currency.id,
            "amount_won": self.company_currency.round((won and amount_won) or 0.0),
            "won_on": (won and fields.Date.to_date(won_on)) or False,
        }
        earlier = self._lock_reported_outcome_sudo()
        if earlier and earlier._says(vals):
            return earlier
        if earlier:
            raise UserError(
                _("A result is reported already: our team is looking at it.")
            )
        report = self.env["crm.reseller.outcome"].sudo().create(vals)
        team = report.with_context(lang=self._get_reseller_team_lang())
        self._post_as_reseller(team._get_report_text(), attachments)
        self._ask_to_confirm_result()
        self._on_reseller_work({"outcome"})
        return report

    def _ask_to_confirm_result(self):
        """Schedule one activity for who has to confirm or reject a reported result."""
        self._schedule_team_activity(
            RESULT,
            lambda lead: (
                lead._get_team_contact(),
                False,
                fields.Date.context_today(lead),
            ),
        )

    def _close_result_activities(self):
        """The reported results are decided: no one needs to be asked any more."""
        self._get_team_activities(RESULT).unlink()

    def _reseller_withdraw_report(self):
        """Take back what was reported and not decided yet; twice counts once."""
        self._check_reseller_access("report")
        report = self._lock_reported_outcome_sudo()
        if report:
            report._decide("withdrawn")
            team = self.with_context(lang=self._get_reseller_team_lang())
            team._post_as_reseller(plaintext2html(team._get_report_withdrawn_text()))

    def _get_report_withdrawn_text(self):
        """The note about a report that the reseller withdrew.

        :return: text in the language of the context
        """
        return _("Took back the reported result: the deal is still open.")

    def _lock_reported_outcome_sudo(self):
        """Find the report that is not decided yet; two clicks wait for each other.

        :return: crm.reseller.outcome, elevated; none where no report waits
        """
        self.ensure_one()
        lock_for_click(self)
        return (
            self.env["crm.reseller.outcome"]
            .sudo()
            .search([("lead_id", "=", self.id), ("state", "=", "reported")])
        )

    def action_confirm_reseller_outcome(self):
        """Close deals as their resellers reported. For users who may close them.

        :return: True, or what the Won button of one lead returns
        :raises AccessError: for users who may not write the leads
        """
        self._check_internal_access()
        result = True
        for lead in self:
            report = lead._lock_reported_outcome_sudo()
            # the report is decided by the lead's own end: a lead that could not be
            # closed keeps it, see ``_settle_reseller_reports``
            if report.outcome == "won":
                if report.amount_won:
                    lead.expected_revenue = report.amount_won
                result = lead.action_set_won_rainbowman()
            elif report:
                lead._lose_as_reported(report)
        return result

    def _lose_as_reported(self, report):
        """Close a deal through the assistant people use.

        :param report: crm.reseller.outcome with the reason and the comment
        """
        note = Markup("<p>%s</p>") % report._get_source_text()
        if report.comment:
            note += plaintext2html(report.comment)
        wizard = self.env["crm.lead.lost"].create(
            {
                "lead_ids": [(6, 0, self.ids)],
                "lost_reason_id": report.lost_reason_id.id,
                "lost_feedback": note,
            }
        )
        wizard.action_lost_reason_apply()

    def action_reject_reseller_outcome(self):
        """Ask why the results that resellers reported are not confirmed.

        :return: action of a window that asks for the reason
        :raises AccessError: for users who may not write the leads
        """
        self._check_internal_access()
        return {
            "name": _("Reject"),
            "type": "ir.actions.act_window",
            "res_model": "crm.reseller.outcome.reject",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lead_ids": [(6, 0, self.ids)]},
        }

    def _reject_reseller_outcome(self, reason):
        """Leave deals open although their resellers reported a result.

        :param str reason: why, for the reseller
        :raises AccessError: for users who may not write the leads
        """
        self._check_internal_access()
        for lead in self:
            report = lead._lock_reported_outcome_sudo()
            if report:
                report._decide("rejected", reason)
                lead._notify_report_author(report)

    def _notify_report_author(self, report):
        """Notify the author of a report of the team's decision.

        :param report: crm.reseller.outcome, decided
        """
        author = report.author_id.filtered("active")
        text = report.with_context(lang=author.lang)._get_decision_text()
        self.message_post(
            body=plaintext2html(text),
            # to the author alone: the customer may follow the lead
            subtype_xmlid="mail.mt_note",
            partner_ids=author.ids,
        )
