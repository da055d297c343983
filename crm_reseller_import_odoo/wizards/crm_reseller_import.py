from collections import Counter, defaultdict
from datetime import datetime, time

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib import legacy

LEADS_AT_ONCE = 2000
# what a second run knows the imported records by
ORIGIN_MODULE = "__import__"
LEVEL_ORIGIN = "reseller_level_from_grade_"
ACTIVATION_ORIGIN = "reseller_activation_from_"
QUIET = {"tracking_disable": True, "mail_notrack": True}


class CrmResellerImport(models.TransientModel):
    """Takes over the program kept with Odoo's own Resellers module.

    What is read becomes plain values, ``lib.legacy`` decides, and the steps are carried
    out only where this is no dry run.
    """

    _name = "crm.reseller.import"
    _description = "Import from Odoo's Resellers Module"

    state = fields.Selection(
        [("new", "New"), ("preview", "Dry Run"), ("done", "Done")], default="new"
    )
    line_ids = fields.One2many("crm.reseller.import.line", "import_id", readonly=True)
    remark_count = fields.Integer(compute="_compute_remark_count")

    @api.depends("line_ids.action")
    def _compute_remark_count(self):
        for wizard in self:
            remarks = wizard.line_ids.filtered(lambda line: line.action == "note")
            wizard.remark_count = len(remarks)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_preview(self):
        """Say what an import would do; nothing is changed.

        :return: the action that shows the report
        """
        return self._run(dry_run=True)

    def action_apply(self):
        """Import, then say what was done; a second import finds nothing left to do.

        :return: the action that shows the report
        """
        return self._run(dry_run=False)

    def _run(self, dry_run):
        """Import, or show what an import would do.

        :param bool dry_run: whether nothing is written but the report
        :return: action that shows the report
        :raises AccessError: for users who are not administrators
        :raises UserError: while another import runs
        """
        self.ensure_one()
        if not self.env.is_system():
            raise AccessError(_("Only administrators can import the program."))
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('crm_reseller_import'))"
        )
        if not self.env.cr.fetchone()[0]:
            raise UserError(_("Another import is running."))
        lines = self.sudo()._import(dry_run)
        self.line_ids.unlink()
        self.write(
            {
                "state": "preview" if dry_run else "done",
                "line_ids": [
                    fields.Command.create({"sequence": number, **line})
                    for number, line in enumerate(lines)
                ],
            }
        )
        return self._action_show()

    def _action_show(self):
        """Show the wizard.

        :return: action
        """
        return {
            "type": "ir.actions.act_window",
            "name": _("Import from Odoo's Resellers Module"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _report_text(self):
        """The report in plain lines, for the shell.

        :return: text, a line for each line of the report
        """
        self.ensure_one()
        labels = {
            name: dict(self.line_ids._fields[name]._description_selection(self.env))
            for name in ("section", "action")
        }
        return "\n".join(
            f"{labels['section'][line.section]} | {labels['action'][line.action]} | "
            f"{line.name}{': ' if line.detail else ''}{line.detail or ''}"
            for line in self.line_ids
        )

    # ------------------------------------------------------------
    # THE IMPORT
    # ------------------------------------------------------------

    def _import(self, dry_run):
        """Read, decide and, where it is no dry run, write.

        :param bool dry_run: whether nothing is written
        :return: list of values for the lines of the report
        """
        env = self.env(context={**self.env.context, **QUIET, "active_test": False})
        wizard = self.with_env(env)
        lines = []
        grades = wizard._read_labels("res.partner.grade")
        levels = wizard._read_targets("crm.reseller.level", LEVEL_ORIGIN)
        level_steps = legacy.plan_labels(grades, levels)
        activations = wizard._read_labels("res.partner.activation")
        activation_steps = legacy.plan_labels(
            activations,
            wizard._read_targets("crm.reseller.activation", ACTIVATION_ORIGIN),
        )
        resellers = env["res.partner"].search([("reseller_level_id", "!=", False)])
        member_steps = legacy.plan_members(
            wizard._read_members(),
            {step.legacy_id: step.weight for step in level_steps},
            resellers.ids,
        )
        lines += wizard._report_labels("level", level_steps, grades, levels)
        lines += wizard._report_labels("activation", activation_steps, activations, [])
        lines += wizard._report_members(member_steps, level_steps, activation_steps)
        joining = [s for s in member_steps if s.action == legacy.CREATE]
        if not dry_run:
            level_ids = wizard._apply_labels(
                "crm.reseller.level", LEVEL_ORIGIN, level_steps, grades
            )
            activation_ids = wizard._apply_labels(
                "crm.reseller.activation",
                ACTIVATION_ORIGIN,
                activation_steps,
                activations,
            )
            wizard._apply_members(joining, level_ids, activation_ids)
        reseller_ids = set(resellers.ids).union(step.partner_id for step in joining)
        lines += wizard._import_leads(reseller_ids, dry_run)
        return lines

    def _import_leads(self, reseller_ids, dry_run):
        """Import the offers in bundles, so that memory does not grow with the leads.

        :param set reseller_ids: ids of companies with a level, now or after this import
        :param bool dry_run: whether nothing is written
        :return: list of values for the lines of the report
        """
        outcomes, kept, strangers = Counter(), 0, set()
        lead_ids = (
            self.env["crm.lead"]
            .search(
                [
                    "|",
                    ("partner_assigned_id", "!=", False),
                    ("partner_declined_ids", "!=", False),
                ],
                order="id",
            )
            .ids
        )
        for start in range(0, len(lead_ids), LEADS_AT_ONCE):
            leads = self.env["crm.lead"].browse(lead_ids[start : start + LEADS_AT_ONCE])
            known, taken = self._read_offers(leads)
            plan = legacy.plan_offers(
                self._read_leads(leads), known, taken, reseller_ids
            )
            outcomes.update(step.outcome for step in plan.steps)
            kept += len(plan.kept)
            strangers |= plan.strangers
            if not dry_run:
                self._apply_offers(plan.steps)
                self.env.flush_all()
            self.env.invalidate_all()
        return self._report_leads(outcomes, kept, strangers)

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    def _read_labels(self, model):
        """Grades or activations of the other module, names in the source language.

        :param str model: name of the other module's model
        :return: list of dicts with ``id``, ``name``, ``sequence``, ``active`` and
            ``weight``
        """
        # a handful of labels, and all of them are imported
        records = self.env[model].with_context(lang="en_US").search([], limit=None)
        nameless = _("No name")
        return [
            {
                "id": record.id,
                "name": record.name or nameless,
                "sequence": record.sequence,
                "active": record.active,
                "weight": record.partner_weight if "partner_weight" in record else 1,
            }
            for record in records
        ]

    def _read_targets(self, model, prefix):
        """Levels or activations of this program, and what they were imported from.

        :param str model: name of this program's model
        :param str prefix: beginning of the external ids that mark what was imported
        :return: list of dicts with ``id``, ``name``, ``weight``, ``company_id``,
            ``legacy_ids`` (ids in the other module) and ``in_use``
        """
        origins = defaultdict(list)
        for origin in self.env["ir.model.data"].search(
            [
                ("module", "=", ORIGIN_MODULE),
                ("model", "=", model),
                ("name", "=like", prefix.replace("_", r"\_") + "%"),
            ]
        ):
            origins[origin.res_id].append(int(origin.name.removeprefix(prefix)))
        field = {
            "crm.reseller.level": "reseller_level_id",
            "crm.reseller.activation": "reseller_activation_id",
        }[model]
        used = {
            record.id
            for (record,) in self.env["res.partner"]._read_group(
                [(field, "!=", False)], [field]
            )
        }
        return [
            {
                "id": record.id,
                "name": record.name,
                "weight": record.weight if "weight" in record else 1,
                "company_id": record.company_id.id or None,
                "legacy_ids": origins[record.id],
                "in_use": record.id in used,
            }
            for record in self.env[model].with_context(lang="en_US").search([])
        ]

    def _read_members(self):
        """The partners with a grade or a weight in the other module.

        :return: list of dicts with ``id``, ``commercial_id``, ``grade_id``,
            ``activation_id``, ``weight``, ``partnership_date`` and ``review_date``
        """
        rows = self.env["res.partner"].search_read(
            ["|", ("grade_id", "!=", False), ("partner_weight", ">", 0)],
            [
                "commercial_partner_id",
                "grade_id",
                "activation",
                "partner_weight",
                "date_partnership",
                "date_review_next",
            ],
            order="id",
            load=None,
        )
        return [
            {
                "id": row["id"],
                "commercial_id": row["commercial_partner_id"] or row["id"],
                "grade_id": row["grade_id"] or None,
                "activation_id": row["activation"] or None,
                "weight": row["partner_weight"],
                "partnership_date": row["date_partnership"] or None,
                "review_date": row["date_review_next"] or None,
            }
            for row in rows
        ]

    def _read_leads(self, leads):
        """The leads as the other module has them.

        :param leads: crm.lead
        :return: list of dicts with ``id``, ``converted``, ``active``, ``assigned_id``,
            ``assigned_commercial_id``, ``offered_on`` and ``declined_ids`` (ids of
            companies)
        """
        return [
            {
                "id": lead.id,
                "converted": lead.type == "opportunity",
                "active": lead.active,
                "assigned_id": lead.partner_assigned_id.id or None,
                "assigned_commercial_id": (
                    lead.partner_assigned_id.commercial_partner_id.id or None
                ),
                "offered_on": lead.date_partner_assign or None,
                "declined_ids": lead.partner_declined_ids.commercial_partner_id.ids,
            }
            for lead in leads
        ]

    def _read_offers(self, leads):
        """What is known here of these leads.

        :param leads: crm.lead
        :return: pair of a set of (lead id, reseller id) that have an offer, and the ids
            of leads with a reseller
        """
        rows = self.env["crm.reseller.offer"].search_read(
            [("lead_id", "in", leads.ids)], ["lead_id", "reseller_id"], load=None
        )
        known = {(row["lead_id"], row["reseller_id"]) for row in rows}
        return known, leads.filtered("reseller_id").ids

    # ------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------

    def _apply_labels(self, model, prefix, steps, items):
        """Create the missing levels or activations, and mark what each was imported
        from.

        :param str model: name of this program's model
        :param str prefix: beginning of the external ids
        :param list steps: see ``legacy.plan_labels``
        :param list items: see ``_read_labels``
        :return: id in the other module -> id in this one
        """
        by_id = {item["id"]: item for item in items}
        ids = {}
        origins = []
        for step in steps:
            item = by_id[step.legacy_id]
            target = self.env[model].browse(step.target_id or ids.get(step.same_as))
            if step.action == legacy.CREATE:
                target = self._create_label(model, step, item)
            elif step.sets_weight:
                target.weight = step.weight
            ids[step.legacy_id] = target.id
            if step.action != legacy.KEEP:
                origins.append(
                    {
                        "module": ORIGIN_MODULE,
                        "name": f"{prefix}{step.legacy_id}",
                        "model": model,
                        "res_id": target.id,
                        "noupdate": True,
                    }
                )
        self.env["ir.model.data"].create(origins)
        return ids

    def _create_label(self, model, step, item):
        """Create a level or activation, with its translations.

        :param str model: name of this program's model
        :param step: see ``legacy.plan_labels``
        :param dict item: see ``_read_labels``
        :return: the record
        """
        values = {
            "name": step.name,
            "sequence": item["sequence"],
            "active": item["active"],
            "company_id": False,
        }
        if "weight" in self.env[model]._fields:
            values["weight"] = step.weight
        target = self.env[model].with_context(lang="en_US").create(values)
        source_model = {
            "crm.reseller.level": "res.partner.grade",
            "crm.reseller.activation": "res.partner.activation",
        }[model]
        source = self.env[source_model].browse(step.legacy_id)
        if source._fields["name"].translate:
            for code, _name in self.env["res.lang"].get_installed():
                target.with_context(lang=code).name = (
                    source.with_context(lang=code).name or step.name
                )
        return target

    def _apply_members(self, steps, level_ids, activation_ids):
        """Make resellers of companies, in one write for those with the same values.

        :param list steps: see ``legacy.plan_members``
        :param dict level_ids: id of the level by id of the grade
        :param dict activation_ids: id here by id in the other module
        """
        groups = defaultdict(list)
        for step in steps:
            values = {
                "reseller_level_id": level_ids[step.grade_id],
                "reseller_activation_id": activation_ids.get(step.activation_id, False),
                "reseller_weight": step.weight,
                "reseller_weight_custom": step.weight_custom,
                **{f"reseller_{name}": value for name, value in step.dates.items()},
            }
            groups[tuple(values.items())].append(step.partner_id)
        for values, partner_ids in groups.items():
            self.env["res.partner"].browse(partner_ids).write(dict(values))

    def _apply_offers(self, steps):
        """Write the history, then bring the leads in step with their last offer.

        :param list steps: see ``legacy.plan_offers``
        """
        now = fields.Datetime.now()
        vals_list = []
        mirrors = defaultdict(list)
        last = {}
        for step in steps:
            lead = self.env["crm.lead"].browse(step.lead_id)
            on = datetime.combine(step.on, time(12)) if step.on else lead.create_date
            on = min(on, now)
            closed = step.outcome != "pending"
            vals_list.append(
                {
                    "lead_id": lead.id,
                    "reseller_id": step.reseller_id,
                    "company_id": lead.company_id.id,
                    "method": "imported",
                    "state": step.outcome,
                    "offered_on": on,
                    "answered_on": on if closed else False,
                    # no mail about what was agreed long ago
                    "notified_on": on,
                    "reminded_on": on,
                    "comment": _("Imported from Odoo's Resellers module."),
                }
            )
            last[lead] = (step, on)
        self.env["crm.reseller.offer"].create(vals_list)
        for lead, (step, on) in last.items():
            if lead.reseller_id:
                continue
            values = {"reseller_state": "none"}
            if step.outcome in ("pending", "accepted"):
                values = {
                    "reseller_id": step.reseller_id,
                    "reseller_contact_id": step.contact_id or False,
                    "reseller_state": step.outcome,
                    "reseller_offered_on": on,
                    "reseller_due_on": False,
                    "reseller_answered_on": on if step.outcome == "accepted" else False,
                }
            elif step.outcome == "declined":
                values = {"reseller_state": "declined", "reseller_answered_on": on}
            mirrors[tuple(values.items())].append(lead.id)
        for values, lead_ids in mirrors.items():
            self.env["crm.lead"].browse(lead_ids)._write_offer_vals(dict(values))

    # ------------------------------------------------------------
    # THE REPORT
    # ------------------------------------------------------------

    def _report_labels(self, section, steps, items, targets):
        """The report about levels or activations.

        :param str section: ``level`` or ``activation``
        :param list steps: see ``legacy.plan_labels``
        :param list items: see ``_read_labels``
        :param list targets: see ``_read_targets``
        :return: list of values for the lines of the report
        """
        by_id = {item["id"]: item for item in items}
        targets = {target["id"]: target for target in targets}
        lines = []
        for step in steps:
            detail = ""
            weight = by_id[step.legacy_id]["weight"]
            if section == "level":
                if step.sets_weight:
                    detail = _(
                        "Weight %(before)s becomes %(after)s",
                        before=targets[step.target_id]["weight"],
                        after=step.weight,
                    )
                elif step.weight != weight and step.action != legacy.KEEP:
                    detail = _(
                        "Keeps weight %(weight)s; there it is %(other)s, which its "
                        "resellers keep as their own",
                        weight=step.weight,
                        other=weight,
                    )
                else:
                    detail = _("Weight %(weight)s", weight=step.weight)
            lines.append(
                {
                    "section": section,
                    "action": step.action,
                    "name": step.name,
                    "detail": detail,
                }
            )
            if not by_id[step.legacy_id]["active"] and step.action == legacy.CREATE:
                lines.append(
                    {
                        "section": section,
                        "action": "note",
                        "name": step.name,
                        "detail": _("Is archived, and comes in archived"),
                    }
                )
        return lines

    def _report_members(self, steps, level_steps, activation_steps):
        """The report about resellers.

        :param list steps: see ``legacy.plan_members``
        :param list level_steps: see ``legacy.plan_labels``
        :param list activation_steps: see ``legacy.plan_labels``
        :return: list of values for the lines of the report
        """
        partners = self.env["res.partner"]
        weights = {step.legacy_id: step.weight for step in level_steps}
        levels = {step.legacy_id: step.name for step in level_steps}
        lines = []
        for step in steps:
            detail = ""
            if step.action == legacy.CREATE:
                detail = _(
                    "%(level)s, weight %(weight)s",
                    level=levels[step.grade_id],
                    weight=step.weight,
                )
                if step.weight_custom:
                    detail = _(
                        "%(level)s, weight %(weight)s set by hand (the level has "
                        "%(level_weight)s)",
                        level=levels[step.grade_id],
                        weight=step.weight,
                        level_weight=weights[step.grade_id],
                    )
            elif step.action == legacy.SKIP:
                detail = _(
                    "Has weight %(weight)s and no level: give it one first",
                    weight=step.weight,
                )
            lines.append(
                {
                    "section": "reseller",
                    "action": step.action,
                    "name": partners.browse(step.partner_id).display_name,
                    "partner_id": step.partner_id,
                    "detail": detail,
                }
            )
            if step.lifted and step.action == legacy.CREATE:
                lines.append(
                    {
                        "section": "reseller",
                        "action": "note",
                        "name": partners.browse(step.partner_id).display_name,
                        "partner_id": step.partner_id,
                        "detail": _(
                            "The level was on its contact %(contact)s",
                            contact=partners.browse(step.source_id).name,
                        ),
                    }
                )
        return lines + self._report_idle(steps, activation_steps)

    def _report_idle(self, steps, activation_steps):
        """The report about activations that receive no leads here; in the other module,
        activations made no difference.

        :param list steps: see ``legacy.plan_members``
        :param list activation_steps: see ``legacy.plan_labels``
        :return: list of values for the lines of the report
        """
        lines = []
        for label in activation_steps:
            target = self.env["crm.reseller.activation"].browse(label.target_id or [])
            count = sum(
                step.activation_id == label.legacy_id and step.action == legacy.CREATE
                for step in steps
            )
            if target and not target.receives_leads and count:
                lines.append(
                    {
                        "section": "reseller",
                        "action": "note",
                        "name": label.name,
                        "detail": _(
                            "%(count)s resellers have this activation, which gets no "
                            "automatic leads here",
                            count=count,
                        ),
                    }
                )
        return lines

    def _report_leads(self, outcomes, kept, strangers):
        """The report about leads.

        :param outcomes: number of offers by state
        :param int kept: number of leads with a reseller here
        :param set strangers: ids of companies with leads and no level
        :return: list of values for the lines of the report
        """
        labels = dict(
            self.env["crm.reseller.offer"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        detail = _("%(count)s offers")
        lines = [
            {
                "section": "lead",
                "action": legacy.CREATE,
                "name": labels[outcome],
                "detail": detail % {"count": outcomes[outcome]},
            }
            for outcome in labels
            if outcomes[outcome]
        ]
        if kept:
            lines.append(
                {
                    "section": "lead",
                    "action": legacy.KEEP,
                    "name": _("Leads with a reseller here"),
                    "detail": _("%(count)s leads", count=kept),
                }
            )
        for partner in self.env["res.partner"].browse(sorted(strangers)):
            lines.append(
                {
                    "section": "lead",
                    "action": legacy.SKIP,
                    "name": partner.display_name,
                    "partner_id": partner.id,
                    "detail": _("Has leads and no level: its leads stay as they are"),
                }
            )
        return lines
