from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.crm_reseller_portal.tests.common import ResellerPortalCase


class OnboardingCase(ResellerPortalCase):
    """Alder, a newcomer with people, and a track that leads to the next activation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Onboarding = cls.env["crm.reseller.onboarding"]
        cls.Progress = cls.env["crm.reseller.onboarding.progress"]
        # whatever the demo data bring
        cls.env["crm.reseller.guide"].search([]).active = False
        cls.env["crm.reseller.announcement"].search([]).action_end()
        cls.start, cls.next = cls.env["crm.reseller.activation"].create(
            [{"name": "Test start"}, {"name": "Test next"}]
        )
        cls.track = cls.env["crm.reseller.onboarding.track"].create(
            {
                "name": "Test track",
                "activation_id": cls.start.id,
                "next_activation_id": cls.next.id,
                "start_capacity": 1,
            }
        )
        cls.manager = new_test_user(
            cls.env, "onboarding_manager", groups="sales_team.group_sale_manager"
        )

    @classmethod
    def _add_step(cls, kind="custom", **vals):
        return cls.env["crm.reseller.onboarding.step"].create(
            {
                "track_id": cls.track.id,
                "name": f"Step {kind}",
                "kind": kind,
                "sequence": len(cls.track.step_ids) + 1,
                **vals,
            }
        )

    @classmethod
    def _begin(cls, reseller=None):
        """Give a reseller the activation of the track; return its onboarding."""
        reseller = reseller or cls.alder
        reseller.reseller_activation_id = cls.start
        return cls._get_onboarding(reseller)

    @classmethod
    def _get_onboarding(cls, reseller):
        return cls.Onboarding.search(
            [("reseller_id", "=", reseller.id), ("track_id", "=", cls.track.id)],
            limit=1,
        )

    def _sign_in(self, user):
        """Count a sign-in of a person, as the portal does."""
        self.env["crm.reseller.usage"]._add(
            "sign_ins",
            user.partner_id.id,
            user.commercial_partner_id.id,
            self.env.company.id,
            fields.Date.today(),
        )

    def _count(self, reseller, *domain):
        return self.Onboarding.search_count(
            [("reseller_id", "=", reseller.id), *domain]
        )

    def _states(self, onboarding):
        onboarding.invalidate_recordset()
        return [each.state for each in onboarding.progress_ids]

    def _row(self, onboarding, step):
        return onboarding.progress_ids.filtered(lambda each: each.step_id == step)

    @classmethod
    def _publish_agreement(cls, name="Contract", **vals):
        agreement = cls.env["crm.reseller.agreement"].create({"name": name})
        cls._publish_version(agreement, **vals)
        return agreement

    @classmethod
    def _publish_version(cls, agreement, body="<p>Words of the contract</p>", **vals):
        version = cls.env["crm.reseller.agreement.version"].create(
            {"agreement_id": agreement.id, "body": body, **vals}
        )
        version.action_publish()
        return version
