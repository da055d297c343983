"""Kinds of faults looked for in the registry: no field or model can be forgotten."""

import logging

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .matrix_registry import RegistryCase

_logger = logging.getLogger(__name__)

# fields of leads that a merge leaves as they are on the lead that stays, and why
CURRENT_OFFER = "follows the offer that stays current"
ORDER = "follows the order that stays"
KEPT = {
    "dealer_delivered_on": ORDER,
    "dealer_expected_on": ORDER,
    "dealer_ordered_on": ORDER,
    "dealer_so_amount": ORDER,
    "dealer_so_created_on": ORDER,
    "dealer_so_currency_id": ORDER,
    "dealer_so_id": ORDER,
    "dealer_so_name": ORDER,
    "dealer_so_state": ORDER,
    "dealer_so_url": ORDER,
    "lost_from_stage_id": "the lead that stays was lost there, or was not lost",
    "reseller_answered_on": CURRENT_OFFER,
    "reseller_assign_issue": CURRENT_OFFER,
    "reseller_contact_id": CURRENT_OFFER,
    "reseller_due_on": CURRENT_OFFER,
    "reseller_escalated_on": CURRENT_OFFER,
    "reseller_id": CURRENT_OFFER,
    "reseller_milestone_asked_on": CURRENT_OFFER,
    "reseller_milestone_id": CURRENT_OFFER,
    "reseller_milestone_on": CURRENT_OFFER,
    "reseller_milestone_told_on": CURRENT_OFFER,
    "reseller_offered_on": CURRENT_OFFER,
    "reseller_round_started_on": CURRENT_OFFER,
    "reseller_state": CURRENT_OFFER,
    "reseller_step_date": "that of the lead its reseller works on",
    "reseller_step_note": "that of the lead its reseller works on",
    "reseller_step_type": "that of the lead its reseller works on",
    "reseller_worked_on": CURRENT_OFFER,
}
# models with rows of leads, and what a merge does with them
ROWS = {
    "crm.call.log": "moved to the lead that stays",
    "crm.deal.registration": "moved to the lead that stays",
    "crm.dealer.push": "moved to the lead that stays",
    "crm.lead.contact": "moved to the lead that stays",
    "crm.reseller.offer": "moved; open offers of the other leads are withdrawn",
    "crm.reseller.alert": "goes with the lead it is about",
    "crm.reseller.notice": "goes with the lead it told about",
    "crm.reseller.outcome": "moved; of open reports the newest counts",
    "crm.reseller.progress": "moved where the same reseller has the lead that stays",
    "crm.reseller.resource.use": "goes with the deal it was used for",
    "crm.reseller.task": "moved to the lead that stays",
}
# relations that take an archived record, and why
TAKES_ARCHIVED = {
    "crm.lead.dealership_id": "refused with a sentence when the lead is won",
    "crm.lead.vehicle_model_id": "refused with a sentence when the lead is won",
    "crm.lead.reseller_product_id": "says what the lead is about, and nothing follows",
    "res.partner.reseller_activation_id": "an archived one receives no leads",
    "res.partner.reseller_level_id": "an archived level receives no leads",
    "res.partner.reseller_type_id": "says what the reseller is, and nothing follows",
}


@tagged("post_install", "-at_install")
class TestRegistryKinds(RegistryCase):
    def _get_our_fields(self, model_name, kinds=None):
        """Stored fields of the suite on a model that people or programs write."""
        for name, field in sorted(self.env[model_name]._fields.items()):
            if (
                field.store
                and self.ours.intersection(field._modules)
                and not (field.compute or field.related)
                and (kinds is None or field.type in kinds)
            ):
                yield name, field

    def test_each_field_of_a_lead_has_a_rule_for_merges(self):
        lead = self.env["crm.lead"]
        merged = {*lead._merge_get_fields(), *lead._merge_get_fields_specific()}
        ours = [
            name
            for name, field in self._get_our_fields("crm.lead")
            if field.type not in ("one2many", "many2many")
        ]
        self.assertGreater(len(ours), 10)
        missing = [name for name in ours if name not in merged and name not in KEPT]
        self.assertEqual(missing, [])
        _logger.info("%s fields of leads have a rule for merges", len(ours))

    def test_rows_of_a_lead_follow_it_into_a_merge(self):
        """Rows of every model of ours that names a lead have a rule for merges."""
        models = {
            name
            for name in self._get_our_models()
            if self.env[name]._auto and not self.env[name]._transient
            for field in self.env[name]._fields.values()
            if field.type == "many2one"
            and field.comodel_name == "crm.lead"
            and field.store
            and not field.related
        }
        self.assertEqual(models - set(ROWS), set())
        self.assertGreaterEqual(len(models & set(ROWS)), 2)

    def test_moments_have_a_widget_that_shows_moments(self):
        """``widget="date"`` is for days: of a moment, it shows the seconds as well."""
        views = self.env["ir.ui.view"].search([("model", "!=", False)])
        ours = {
            view_id
            for view_id, name in views.get_external_id().items()
            if name.partition(".")[0] in self.ours
        }
        tried, wrong = 0, []
        for view in views.filtered(lambda view: view.id in ours):
            for node in etree.fromstring(view.arch.encode()).iter("field"):
                field = self._get_field_of(node, view.model)
                tried += bool(field)
                if field and field.type == "datetime" and node.get("widget") == "date":
                    wrong.append(f"{view.xml_id}: {field.name}")
        self.assertEqual(wrong, [])
        self.assertGreater(tried, 100)

    def _get_field_of(self, node, model_name):
        """The field a node shows, in a list or form within a field as well."""
        for outer in reversed(list(node.iterancestors("field"))):
            field = self.env[model_name]._fields.get(outer.get("name"))
            if not (field and field.relational):
                return None
            model_name = field.comodel_name
        return self.env[model_name]._fields.get(node.get("name"))

    def test_no_relation_takes_what_is_archived(self):
        tried, taken = 0, []
        for model_name in ("crm.lead", "res.partner"):
            record = self.records["deal"] if model_name == "crm.lead" else self.alder
            for name, field in self._get_our_fields(model_name, ("many2one",)):
                comodel = self.env[field.comodel_name]
                if "active" not in comodel._fields or field.readonly:
                    continue
                target = comodel.search([], limit=1)
                tried += 1
                if not target:
                    taken.append(f"{model_name}.{name}: no {field.comodel_name}")
                    continue
                self.env.flush_all()
                with self.env.cr.savepoint(flush=False) as savepoint:
                    self.env.cr.execute(
                        f"UPDATE {comodel._table} SET active = FALSE WHERE id = %s",
                        [target.id],
                    )
                    self.env.invalidate_all()
                    if self._takes(record, name, target):
                        taken.append(f"{model_name}.{name}")
                    savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual([t for t in taken if t not in TAKES_ARCHIVED], [])
        self.assertGreater(tried, 3)

    def _takes(self, record, name, target):
        try:
            record.write({name: target.id})
            self.env.flush_all()
        except (AccessError, UserError, ValidationError):
            return False
        return True
