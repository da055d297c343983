from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.crm_contact_keys.lib.texts import domain_of
from odoo.addons.crm_reseller_base.const import NO_NOTICE

PRODUCTS = (
    ("excavator", "Excavator, 21 tonnes", 148000),
    ("loader", "Wheel loader with weighing system", 189000),
    ("handler", "Telescopic handler, 14 m", 96000),
    ("rotator", "Tilt rotator", 9000),
    ("service", "Service contract, five years", 24000),
)
LETTER = b"We wish to buy from Atelier Meunier SA.\n"


class CrmResellerDemo(models.AbstractModel):
    """Registrations in each state, made the way people make them, then dated back."""

    _inherit = "crm.reseller.demo"

    @api.model
    def _load_registrations(self):
        """Write the products to choose from and a registration of each kind."""
        if not self._is_first_load("crm_reseller_registration.registrations"):
            return
        demo = self.sudo().with_context(
            tracking_disable=True,
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
            reseller_no_notice=NO_NOTICE,
        )
        demo.env["crm.deal.registration.rule"].create(
            {
                "name": "Belgium",
                "reseller_country_ids": [(6, 0, demo.env.ref("base.be").ids)],
                "user_id": demo._ref("demo_user_agent").id,
            }
        )
        products = demo._create_products()
        demo.env.ref("base.main_company").reseller_registration_product_ids = [
            (6, 0, [product.id for product in products.values()])
        ]
        demo._load_waiting(products)
        demo._load_decided(products)
        demo._load_protected(products)

    @api.model
    def _create_products(self):
        """Return the machines to choose from: product.product by key."""
        products = {}
        for key, name, price in PRODUCTS:
            products[key] = self.env["product.product"].create(
                {"name": name, "list_price": price, "type": self._get_product_type(key)}
            )
        self._name_demo(products, "product")
        return products

    @api.model
    def _get_product_type(self, key):
        return "service" if key == "service" else "consu"

    @api.model
    def _load_waiting(self, products):
        """A draft, one to decide, one that is late, one with a question, a conflict."""
        self._make_draft(
            "draft",
            "luc_dardenne",
            name="Two loaders for a gravel pit",
            company_name="Sablières Colard SA",
            website="www.colard.example",
            vat="",
            product=products["loader"],
            budget=0,
            days=1,
        )
        self._submit(
            "submitted",
            "luc_dardenne",
            name="Handler for a roofing company",
            company_name="Toitures Dethier SRL",
            website="www.dethier.example",
            vat="0471234567",
            product=products["handler"],
            budget=92000,
            days=1,
        )
        late = self._submit(
            "late",
            "claire_meunier",
            name="Excavator with two buckets",
            company_name="Travaux Renard SA",
            website="www.renard.example",
            vat="0481234567",
            product=products["excavator"],
            budget=151000,
            days=4,
        )
        late.decision_due_on = fields.Datetime.now() - timedelta(hours=2)
        late._on_decision_late()
        returned = self._submit(
            "returned",
            "luc_dardenne",
            name="Tilt rotators for a fleet",
            company_name="Jardins Bodart SRL",
            website="www.bodart.example",
            vat="0491234567",
            product=products["rotator"],
            budget=54000,
            days=3,
        )
        self._as_agent(returned)._return_question(
            "How many machines do they have, and of which makes?"
        )
        # another reseller registers the same customer
        self._submit(
            "conflict",
            "dirk_pauwels",
            name="Excavator for road works",
            company_name="Travaux Renard",
            website="https://renard.example/nl",
            vat="0481234567",
            product=products["excavator"],
            budget=140000,
            days=1,
        )

    @api.model
    def _load_decided(self, products):
        """One that was rejected, withdrawn, or never completed."""
        rejected = self._submit(
            "rejected",
            "luc_dardenne",
            name="Service for a quarry",
            company_name="Carrières Pirard SA",
            website="www.pirard.example",
            vat="0461234567",
            product=products["service"],
            budget=24000,
            days=12,
        )
        self._as_agent(rejected)._reject(
            self.env.ref("crm_reseller_registration.reason_direct_customer"),
            "Our service team visits them every month.",
        )
        self._submit(
            "withdrawn",
            "claire_meunier",
            name="Handler for a farm",
            company_name="Ferme Lognay SRL",
            website="www.lognay.example",
            vat="0451234567",
            product=products["handler"],
            budget=88000,
            days=15,
        )._withdraw("The customer bought a used one.")
        expired = self._submit(
            "expired",
            "luc_dardenne",
            name="Loader for a sawmill",
            company_name="Scierie Gillard SA",
            website="www.gillard.example",
            vat="0441234567",
            product=products["loader"],
            budget=175000,
            days=25,
        )
        self._as_agent(expired)._return_question("When do they want to decide?")
        expired._expire()

    @api.model
    def _load_protected(self, products):
        """Qualified ones: protected, ending soon with a request, ended, and moved."""
        self._qualify(
            "protected",
            "luc_dardenne",
            name="Excavator on leasing",
            company_name="Terrassements Hublet SA",
            website="www.hublet.example",
            vat="0431234567",
            product=products["excavator"],
            budget=149000,
            days=8,
        )
        ending = self._qualify(
            "ending",
            "luc_dardenne",
            name="Wheel loader for a compost plant",
            company_name="Compost du Condroz SCRL",
            website="www.condroz.example",
            vat="0421234567",
            product=products["loader"],
            budget=192000,
            days=18,
        )
        ending._ask_for_extension(
            30, "Their board meets next month.", self._person("luc_dardenne")
        )
        lapsed = self._qualify(
            "lapsed",
            "dirk_pauwels",
            name="Handler for a builder",
            company_name="Bouwwerken Claes BV",
            website="www.claes.example",
            vat="0411234567",
            product=products["handler"],
            budget=99000,
            days=60,
        )
        lapsed._lapse()
        self._qualify(
            "lost_customer",
            "dirk_pauwels",
            name="Rotator and service",
            company_name="Wegenbouw Thys NV",
            website="www.thys.example",
            vat="0401234567",
            product=products["rotator"],
            budget=33000,
            days=20,
        )
        moved = self._submit(
            "moved",
            "claire_meunier",
            name="Rotator and training",
            company_name="Wegenbouw Thys",
            website="www.thys.example",
            vat="0401234567",
            product=products["rotator"],
            budget=35000,
            days=5,
        )
        letter = self.env["ir.attachment"].create(
            {"name": "letter_of_the_customer.txt", "raw": LETTER}
        )
        self._as_agent(moved)._override("Letter of the customer", letter)

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    @api.model
    def _person(self, key):
        """Return a person of the demo data, by the last part of its external id."""
        return self._ref(f"demo_contact_{key}")

    @api.model
    def _as_agent(self, registration):
        """Return a registration as the one who decides on it handles it."""
        return registration.with_user(registration.user_id).sudo()

    @api.model
    def _name_demo(self, records, kind):
        """Give records external ids.

        :param dict records: records by key
        :param str kind: part of the id
        """
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"crm_reseller_registration.demo_{kind}_{key}",
                    "record": record,
                    "noupdate": True,
                }
                for key, record in records.items()
            ]
        )

    @api.model
    def _make_draft(self, key, person, product, days, **vals):
        """Fill in the form.

        :param str key: last part of the external id
        :param str person: who registers, see :meth:`_person`
        :param product: product.product
        :param int days: how many working days ago
        :param vals: further values of ``crm.deal.registration``
        :return: the draft
        """
        contact = self._person(person)
        user = contact.user_ids[:1] or self.env.user
        domain = domain_of(vals["website"])
        registration = (
            self.env["crm.deal.registration"]
            .with_user(user)
            .sudo()
            ._create_draft(
                contact.commercial_partner_id,
                contact,
                {
                    "new_company": True,
                    "new_contact": True,
                    "first_name": "Marie",
                    "last_name": domain.split(".")[0].title(),
                    "email": f"marie@{domain}",
                    "representative_id": contact.id,
                    "product_id": product.id,
                    "date_deadline": fields.Date.today() + timedelta(days=45),
                    "requirements": "They want to see one at work first.",
                    **vals,
                },
            )
        )
        self._name_demo({key: registration}, "registration")
        self._date_back(registration, days, ["create_date"])
        return registration

    @api.model
    def _submit(self, key, person, **vals):
        """Fill in the form and submit it; see :meth:`_make_draft`."""
        registration = self._make_draft(key, person, **vals)
        registration._submit()
        self._date_back(registration, vals["days"], ["submitted_on"])
        registration.decision_due_on = registration._get_decision_due(
            registration.submitted_on
        )
        return registration

    @api.model
    def _qualify(self, key, person, days, **vals):
        """Submit and qualify a registration some days ago; see :meth:`_make_draft`."""
        registration = self._submit(key, person, days=days + 1, **vals)
        self._as_agent(registration)._qualify()
        self._date_back(registration, days, ["granted_on", "decided_on"])
        level = registration.reseller_id.reseller_level_id
        registration.protected_until = registration.granted_on + timedelta(
            days=level.protection_days
        )
        return registration

    @api.model
    def _date_back(self, registration, days, names):
        """Put moments of a registration where the story has them.

        :param registration: one crm.deal.registration
        :param int days: how many working days ago
        :param list names: of the fields
        """
        moment = self._moment(days, 9 + registration.id % 7, registration.id * 7 % 60)
        registration.flush_recordset()
        for name in names:
            self.env.cr.execute(
                f'UPDATE crm_deal_registration SET "{name}" = %s WHERE id = %s',
                [moment, registration.id],
            )
        registration.invalidate_recordset()
        registration.modified(names)
        registration.flush_recordset()
