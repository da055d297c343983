import random

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import check_access
from ..const import NO_NOTICE

# more leads than this are assigned as well, but not listed one by one
SHOWN = 100

# what becomes of a lead that is not offered to the chosen reseller
LEFT_OUT = ("held", "closed", "company")


class CrmResellerAssignWizard(models.TransientModel):
    """Shows which reseller would get which lead, and why, before anything happens.

    The preview and the assignment draw with the same seed: what was shown is what
    happens, unless the leads or the resellers changed in between. All is computed with
    the rights of the user.
    """

    _name = "crm.reseller.assign.wizard"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Assign to Reseller"

    lead_ids = fields.Many2many(
        "crm.lead", string="Leads", readonly=True, context={"active_test": False}
    )
    lead_count = fields.Integer(string="Number of Leads", compute="_compute_lead_count")
    state = fields.Selection(
        [("preview", "Preview"), ("done", "Done")], default="preview", required=True
    )
    mode = fields.Selection(
        [
            ("automatic", "By assignment rules"),
            ("chosen", "A specific reseller"),
        ],
        string="Choose",
        default="automatic",
        required=True,
    )
    reseller_id = fields.Many2one(
        "res.partner", domain="[('reseller_level_id', '!=', False)]"
    )
    seed = fields.Integer(default=lambda self: random.SystemRandom().getrandbits(30))
    line_ids = fields.One2many(
        "crm.reseller.assign.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        compute_sudo=False,
        store=True,
    )
    summary = fields.Char(compute="_compute_summary")
    result = fields.Char(readonly=True)
    problem_count = fields.Integer(
        compute="_compute_line_ids", compute_sudo=False, store=True
    )
    send_notice = fields.Boolean(string="Notify Resellers by E-mail", default=True)
    template_id = fields.Many2one(
        "mail.template",
        string="Mail",
        domain="[('model', '=', 'crm.lead')]",
        default=lambda self: self.env.ref(
            "crm_reseller_base.mail_template_offer", raise_if_not_found=False
        ),
    )
    subject = fields.Char(
        compute="_compute_mail",
        compute_sudo=False,
        store=True,
        readonly=False,
        translate=False,
    )
    body = fields.Html(
        compute="_compute_mail",
        compute_sudo=False,
        store=True,
        readonly=False,
        sanitize=False,
    )
    edit_mail = fields.Boolean(
        string="Edit the Text",
        help="Change subject and text of the mails of this assignment only. The "
        "template is not changed.",
    )
    preview_lead_id = fields.Many2one(
        "crm.lead",
        string="Mail about",
        compute="_compute_preview_lead_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('id', 'in', lead_ids)]",
    )
    preview_to = fields.Char(
        string="To", compute="_compute_preview_mail", compute_sudo=False
    )
    preview_subject = fields.Char(
        string="Mail Subject", compute="_compute_preview_mail", compute_sudo=False
    )
    preview_body = fields.Html(
        string="Mail Text",
        compute="_compute_preview_mail",
        compute_sudo=False,
        sanitize=False,
    )
    can_edit_mail = fields.Boolean(compute="_compute_can_edit_mail")

    @api.depends("lead_ids")
    def _compute_lead_count(self):
        for wizard in self:
            wizard.lead_count = len(wizard.lead_ids)

    @api.depends("template_id")
    def _compute_mail(self):
        for wizard in self:
            wizard.subject = wizard.template_id.subject
            wizard.body = wizard.template_id.body_html

    @api.depends("line_ids")
    def _compute_preview_lead_id(self):
        for wizard in self:
            offered = wizard.line_ids.filtered(
                lambda line: line.reseller_id and line.problem not in LEFT_OUT
            )
            if wizard.preview_lead_id not in offered.lead_id:
                wizard.preview_lead_id = offered[:1].lead_id

    @api.depends("preview_lead_id", "template_id", "edit_mail", "subject", "body")
    def _compute_preview_mail(self):
        for wizard in self:
            line = wizard.line_ids.filtered(
                lambda line, lead=wizard.preview_lead_id: line.lead_id == lead
            )[:1]
            mail = {"to": False, "subject": False, "body": False}
            if wizard.state != "done" and line.reseller_id and wizard.template_id:
                mail = wizard._render_mail(line.lead_id._origin, line.reseller_id)
            wizard.preview_to = mail["to"]
            wizard.preview_subject = mail["subject"]
            wizard.preview_body = mail["body"]

    def _render_mail(self, lead, reseller):
        """The mail that this reseller would get about this lead.

        The offer does not exist yet: the lead is given the values it will have, for as
        long as the mail is rendered, in memory only.

        :param lead: one lead
        :param reseller: one partner
        :return: dict with ``to``, ``subject`` and ``body``
        """
        self.ensure_one()
        check_access(lead, "read")
        names = ("reseller_id", "reseller_contact_id", "reseller_state")
        derived = [
            name
            for name, field in lead._fields.items()
            if name.startswith("reseller_") and field.compute and not field.store
        ]
        lead_sudo = lead.sudo()
        self.env.flush_all()
        try:
            lead_sudo.invalidate_recordset(derived, flush=False)
            lead_sudo._update_cache(
                {
                    "reseller_id": reseller.id,
                    "reseller_contact_id": False,
                    "reseller_state": "pending",
                    "reseller_due_on": lead_sudo._get_offer_deadline(reseller),
                },
                validate=False,
            )
            return self._render_mail_of(lead_sudo)
        finally:
            lead_sudo.invalidate_recordset(
                [*names, "reseller_due_on", *derived], flush=False
            )

    def _render_mail_of(self, lead_sudo):
        """Render the template, or the text edited here, for one lead.

        :param lead_sudo: one lead, elevated
        :return: dict with ``to``, ``subject`` and ``body``
        """
        template = self.template_id.sudo()
        recipient = lead_sudo.reseller_notice_partner_id
        if recipient.lang:
            template = template.with_context(lang=recipient.lang)
        subject, body = template.subject, template.body_html
        if self._is_mail_edited():
            subject, body = self.subject, self.body
        Renderer = template.env["mail.render.mixin"]
        ids = lead_sudo.ids
        subjects = Renderer._render_template(subject or "", "crm.lead", ids)
        bodies = Renderer._render_template(body or "", "crm.lead", ids, engine="qweb")
        return {
            "to": recipient.email_formatted or recipient.name or False,
            "subject": subjects[ids[0]],
            "body": bodies[ids[0]],
        }

    def _is_mail_edited(self):
        """Whether a text of this assignment's own replaces the template's.

        :return: bool; never for users who may not write templates
        """
        template = self.template_id.sudo()
        return bool(
            self.can_edit_mail
            and (
                self.subject != template.subject
                or (self.body or "") != (template.body_html or "")
            )
        )

    def _compute_can_edit_mail(self):
        # templates are programs: only those who may write them may change this one
        self.can_edit_mail = self.env.user.has_group("mail.group_mail_template_editor")

    @api.depends("lead_ids", "mode", "reseller_id", "seed")
    def _compute_line_ids(self):
        for wizard in self:
            if wizard.state == "done":
                wizard.line_ids = wizard.line_ids
                wizard.problem_count = wizard.problem_count
                continue
            lines, counts = wizard._get_preview()
            wizard.line_ids = [(5, 0, 0), *((0, 0, vals) for vals in lines)]
            wizard.problem_count = counts

    @api.depends("line_ids", "lead_ids", "state", "problem_count", "result")
    def _compute_summary(self):
        for wizard in self:
            parts = [wizard.result] if wizard.state == "done" else []
            total, shown = len(wizard.lead_ids), len(wizard.line_ids)
            if wizard.state != "done" and wizard.problem_count and total > 1:
                parts.append(
                    _(
                        "%(count)s of %(total)s leads would not be offered.",
                        count=wizard.problem_count,
                        total=total,
                    )
                )
            if total > shown:
                parts.append(
                    _(
                        "%(shown)s of %(total)s leads are listed, those without an "
                        "offer first.",
                        shown=shown,
                        total=total,
                    )
                )
            wizard.summary = " ".join(parts)

    def _get_preview(self):
        """What would happen to the leads.

        :return: values of the lines to show, and how many leads would not be offered
        """
        self.ensure_one()
        leads = self.lead_ids._origin.sorted("id")
        leads._check_internal_access()
        check_access(leads, "read")
        if self.mode == "chosen":
            lines = [self._chosen_line(lead) for lead in leads]
            left_out = [line for line in lines if line["problem"] in LEFT_OUT]
            given = [line for line in lines if line["problem"] not in LEFT_OUT]
            return (left_out + given)[:SHOWN], len(left_out)
        engine = self.env["crm.reseller.assigner"].sudo()
        run = engine._new_run(rng=random.Random(self.seed))
        plan = engine._plan(leads.ids, run, lock=False)
        choices = {choice.lead_id: (rule, choice) for rule, choice in plan.choices}
        rule_names = {rule.id: rule.name for rule in run.rules}
        Offer = self.env["crm.reseller.offer"]
        lines = []
        # where not all are listed, those that ask for a look come first
        ordered = leads
        if len(leads) > SHOWN:
            ordered = leads.sorted(lambda lead: (lead.id in choices, lead.id))
        for lead in ordered[:SHOWN]:
            vals = {"lead_id": lead.id, "problem": plan.problems.get(lead.id)}
            if lead.id in choices:
                rule_id, choice = choices[lead.id]
                vals["reseller_id"] = choice.reseller_id
                vals["rule_name"] = rule_names[rule_id]
                vals.update(Offer._get_chance(choice.explanation))
                vals["explanation"] = Offer._render_explanation(
                    choice.explanation, rule_names[rule_id]
                )
            elif lead.id not in plan.problems:
                vals["problem"] = self._why_not(lead)
            lines.append(vals)
        return lines, len(leads) - len(choices)

    def _chosen_line(self, lead):
        """The preview of a lead for the chosen reseller.

        :param lead: crm.lead
        :return: dict of ``lead_id``, ``reseller_id`` and ``problem``: a key of the
            line's selection, or False
        """
        reseller = self.reseller_id
        problem = False
        if lead.reseller_state in ("pending", "accepted"):
            problem = "held" if lead.reseller_id == reseller else "taken_back"
        company = reseller and reseller._get_reseller_company()
        if company and company != lead.company_id:
            problem = "company"
        if not lead.active or lead.stage_id.is_won:
            problem = "closed"
        if problem in ("company", "closed"):
            reseller = reseller.browse()
        return {"lead_id": lead.id, "reseller_id": reseller.id, "problem": problem}

    def _why_not(self, lead):
        """Why a lead was skipped.

        :param lead: crm.lead
        :return: ``held`` or ``closed``
        """
        return "held" if lead.reseller_state in ("pending", "accepted") else "closed"

    def action_confirm(self):
        """Make the offers, then show the result of each lead.

        :return: action that shows this wizard again
        :raises UserError: where a reseller has to be chosen first
        """
        self.ensure_one()
        if self.state == "done":
            return self._reopen()  # a second click changes nothing
        leads = self.lead_ids.sorted("id")
        leads._check_internal_access()
        check_access(leads, "write")
        if self.mode == "chosen":
            offers = self._offer_chosen(leads)
            problems, skipped = {}, (leads - offers.lead_id).ids
        else:
            offers, plan = (
                self.env["crm.reseller.assigner"]
                .sudo()
                ._run(leads.ids, rng=random.Random(self.seed))
            )
            problems, skipped = plan.problems, plan.skipped
            leads.browse(problems).sudo()._ask_channel_manager()
        self._notify_resellers(offers)
        self.result = leads._count_results(len(offers), problems, skipped)
        self._show_result(offers, problems, skipped)
        return self._reopen()

    def _offer_chosen(self, leads):
        """Offer to the chosen reseller what can be offered; the preview shows what
        cannot.

        :param leads: crm.lead
        :return: crm.reseller.offer
        :raises UserError: where no reseller was chosen
        """
        if not self.reseller_id:
            raise UserError(_("Choose a reseller first."))
        fit = leads.filtered(
            lambda lead: self._chosen_line(lead)["problem"] not in LEFT_OUT
        )
        return fit.sudo()._offer_to(self.reseller_id)

    def _notify_resellers(self, offers):
        """Notify the resellers with the mail as it was edited here, or the template's.

        :param offers: the new offers
        """
        if not self.send_notice:
            offers.with_context(reseller_no_notice=NO_NOTICE)._announce()
            return
        template = self.template_id.sudo()
        edited = self._is_mail_edited()
        if edited:
            # a template of its own, for the mails of this one assignment: once they
            # are sent it goes
            template = template.copy(
                {
                    "name": _("%(name)s, edited", name=template.name),
                    "subject": self.subject,
                    "body_html": self.body,
                }
            )
        usual = self.env.ref(
            "crm_reseller_base.mail_template_offer", raise_if_not_found=False
        )
        if template != usual:
            offers.sudo().write(
                {"notice_template_id": template.id, "notice_once": edited}
            )
        offers._announce()

    def _show_result(self, offers, problems, skipped):
        """Show in the wizard what became of each lead.

        :param offers: the new offers
        :param dict problems: key of the problem by lead id
        :param skipped: ids of leads without an offer and without a problem
        """
        offer_of = {offer.lead_id.id: offer for offer in offers}
        self.state = "done"
        for line in self.line_ids:
            lead_id = line.lead_id.id
            offer = offer_of.get(lead_id)
            if offer:
                line.write(
                    {
                        "reseller_id": offer.reseller_id.id,
                        "explanation": offer.explanation_html,
                        "rule_name": offer.rule_id.sudo().name,
                        "problem": "offered",
                        **offer._get_chance(offer.explanation),
                    }
                )
            else:
                skip = False
                if lead_id in skipped and line.problem not in LEFT_OUT:
                    skip = self._why_not(line.lead_id)
                line.write(
                    {
                        "problem": problems.get(lead_id)
                        or skip
                        or line.problem
                        or "held",
                        "reseller_id": False,
                    }
                )

    def _reopen(self):
        """Show the wizard again.

        :return: action
        """
        return {
            "type": "ir.actions.act_window",
            "name": _("Assign to Reseller"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            # the names of leads, resellers and rules side by side
            "context": {"dialog_size": "extra-large"},
        }
