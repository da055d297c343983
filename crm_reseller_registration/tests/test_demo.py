from odoo.modules.module import get_manifest
from odoo.tests import TransactionCase, tagged
from odoo.tools.convert import convert_file

ADDON = "crm_reseller_registration"
STORY = {
    "draft": ("draft", "none"),
    "submitted": ("submitted", "none"),
    "late": ("submitted", "provisional"),
    "returned": ("returned", "none"),
    "conflict": ("submitted", "none"),
    "rejected": ("rejected", "none"),
    "withdrawn": ("withdrawn", "none"),
    "expired": ("expired", "none"),
    "protected": ("qualified", "granted"),
    "ending": ("qualified", "granted"),
    "lapsed": ("qualified", "lapsed"),
    "lost_customer": ("qualified", "lapsed"),
    "moved": ("qualified", "granted"),
}


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = f"{ADDON}.demo_registration_draft"
        if not cls.env.ref(made, raise_if_not_found=False):
            # a database without demo data: load it for the length of this class
            for addon in ("crm_reseller_base", ADDON):
                for name in get_manifest(addon)["demo"]:
                    convert_file(cls.env, addon, name, {}, mode="init", noupdate=True)

    def test_loading_again_adds_nothing(self):
        """Installing an addon that is installed loads its demo data again."""
        models = ("crm.deal.registration", "crm.lead", "crm.reseller.offer")

        def count():
            return {name: self.env[name].search_count([]) for name in models}

        before = count()
        self.env["crm.reseller.demo"]._load_channel()
        self.env["crm.reseller.demo"]._load_registrations()
        self.assertEqual(count(), before)

    def test_each_state_is_shown(self):
        found = {}
        for key in STORY:
            record = self.env.ref(f"crm_reseller_registration.demo_registration_{key}")
            found[key] = (record.state, record.protection)
        self.assertEqual(found, STORY)
        ending = self.env.ref("crm_reseller_registration.demo_registration_ending")
        self.assertEqual(ending.extension_ids.state, "pending")
        conflict = self.env.ref("crm_reseller_registration.demo_registration_conflict")
        self.assertEqual(conflict.answer, "protected")
        self.assertTrue(conflict.conflict_ids)
        self.assertTrue(
            self.env.ref("base.main_company").reseller_registration_product_ids
        )
