from odoo.tests.common import TransactionCase
from odoo.tools import file_path


def prepare_backend(env):
    """Have the backend ready before a browser opens it.

    While style sheets and scripts are bundled no request is answered. And some
    packages of Odoo lack a file that its mail addon asks for: the browser then prints
    an error on every page, which would fail every tour.

    :param env: of a test of the browser
    """
    path = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    try:
        file_path(path)
    except FileNotFoundError:
        env["ir.asset"].create(
            {
                "name": "Missing library",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": path,
            }
        )
    for name in ("web.assets_web", "web.assets_tests"):
        bundle = env["ir.qweb"]._get_asset_bundle(name, assets_params={})
        bundle.css()
        bundle.js()


class ResellerCase(TransactionCase):
    """A small channel of its own; whatever is in the database gets no leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={
                **cls.env.context,
                "tracking_disable": True,
                "mail_create_nosubscribe": True,
                "mail_create_nolog": True,
                "no_reset_password": True,
            }
        )
        cls.env["res.partner"].search([("reseller_level_id", "!=", False)]).write(
            {"reseller_performance_factor": 0}
        )
        cls.Rule = cls.env["crm.reseller.assignment.rule"]
        cls.Rule.search([]).active = False
        cls.Offer = cls.env["crm.reseller.offer"]
        cls.gold = cls.env.ref("crm_reseller_base.level_gold")
        cls.silver = cls.env.ref("crm_reseller_base.level_silver")
        cls.gold.write({"weight": 3, "response_hours": 24})
        cls.silver.write({"weight": 2, "response_hours": 16})
        cls.operational = cls.env.ref("crm_reseller_base.activation_fully_operational")
        cls.first_contact = cls.env.ref("crm_reseller_base.activation_first_contact")
        cls.territory_reason = cls.env.ref("crm_reseller_base.decline_reason_territory")
        cls.stay_reason = cls.env.ref(
            "crm_reseller_base.decline_reason_bought_elsewhere"
        )
        cls.env["res.company"].search([]).write(
            {"reseller_hide_contact_details": True, "reseller_auto_assign": True}
        )
        cls.belgium = cls.env.ref("base.be")
        cls.france = cls.env.ref("base.fr")
        cls.rule = cls.Rule.create({"name": "Everything", "sequence": 1})
        cls.alfa = cls.make_reseller("Alfa")
        cls.beta = cls.make_reseller("Beta")

    @classmethod
    def make_reseller(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{name.lower().replace(' ', '.')}@example.com",
                "country_id": cls.belgium.id,
                "reseller_level_id": cls.gold.id,
                "reseller_activation_id": cls.operational.id,
                **values,
            }
        )

    @classmethod
    def make_leads(cls, count=1, **values):
        return cls.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {number}",
                    "type": "lead",
                    "country_id": cls.belgium.id,
                    "user_id": False,
                    "team_id": False,
                    **values,
                }
                for number in range(count)
            ]
        )

    @classmethod
    def exclude(cls, lead, resellers):
        """The resellers declined the lead before."""
        cls.env["crm.reseller.offer"].create(
            [
                {
                    "lead_id": lead.id,
                    "reseller_id": reseller.id,
                    "method": "manual",
                    "state": "declined",
                    "offered_on": "2026-01-05 09:00:00",
                    "answered_on": "2026-01-05 10:00:00",
                }
                for reseller in resellers
            ]
        )

    @classmethod
    def make_portal_user(cls, reseller, login):
        contact = cls.env["res.partner"].create(
            {"name": login.title(), "parent_id": reseller.id, "email": f"{login}@a.com"}
        )
        return cls.make_user(login, "base.group_portal", partner_id=contact.id)

    @classmethod
    def let_in(cls, resellers):
        """Give companies a sign-in: the portal invites whoever has none instead."""
        for reseller in resellers:
            login = f"reseller-{reseller.id}"
            cls.make_user(
                login, "base.group_portal", partner_id=reseller.id, name=reseller.name
            )

    @classmethod
    def make_user(cls, login, *groups, **values):
        field = "group_ids" if "group_ids" in cls.env["res.users"]._fields else None
        field = field or "groups" + "_id"
        return cls.env["res.users"].create(
            {
                "name": login.title(),
                "login": login,
                "email": f"{login}@example.com",
                field: [(6, 0, [cls.env.ref(group).id for group in groups])],
                **values,
            }
        )

    def outcomes(self, lead):
        return lead.reseller_offer_ids.sorted("id").mapped(
            lambda offer: (offer.reseller_id.name, offer.state)
        )
