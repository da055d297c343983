from datetime import datetime, time
from typing import NamedTuple

from odoo import _, api, models
from odoo.tools import SQL

from .crm_reseller_onboarding_step import StepType

# answered by the reseller, and before the time was over
ANSWERED_IN_TIME = """
    offer.state IN ('accepted', 'declined', 'returned')
    AND offer.method NOT IN ('registered', 'imported')
    AND offer.answered_on <= COALESCE(offer.due_on, offer.answered_on)
"""


class Evidence(NamedTuple):
    """That a reseller did a step."""

    moment: datetime | None = None
    """When for the last time, naive, in UTC; None where it is not known. After a step
    was reopened, only what came later counts."""
    person_id: int | None = None
    """Id of the res.partner who did it; None where it is not known."""


class CrmResellerOnboardingStep(models.Model):
    """The kinds of steps that this addon observes."""

    _inherit = "crm.reseller.onboarding.step"

    @api.model
    def _get_onboarding_step_types(self):
        """The kinds of steps, with those of the program and of the resources. Hook.

        :return: dict from the key of a kind to ``StepType``, in the order shown
        """
        return {
            "signed_in": StepType(
                _("Signed In"), "_observe_signed_in", path="_get_home_path"
            ),
            "profile": StepType(
                _("Company Data Filled"),
                "_observe_profile",
                "profile_field",
                False,
                "_get_profile_path",
            ),
            "resource": StepType(
                _("Resource Read"),
                "_observe_resource",
                "resource_id",
                path="_get_resource_path",
            ),
            "agreement": StepType(
                _("Agreement Accepted"),
                "_observe_agreement",
                "agreement_id",
                False,
                "_get_agreement_path",
            ),
            "first_lead": StepType(
                _("First Lead Answered in Time"),
                "_observe_first_lead",
                path="_get_leads_path",
            ),
            **super()._get_onboarding_step_types(),
        }

    # ------------------------------------------------------------
    # WHERE IT IS DONE
    # ------------------------------------------------------------

    @api.model
    def _get_home_path(self, row):
        """The portal's home page.

        :param dict row: see ``crm.reseller.onboarding._read_for_portal``
        :return: address without the host
        """
        return "/my/home"

    @api.model
    def _get_profile_path(self, row):
        """Where a reseller proposes its company data.

        :param dict row: see ``crm.reseller.onboarding._read_for_portal``
        :return: address without the host
        """
        agreed = row["profile_field"] == "reseller_territory"
        return "/my/reseller" if agreed else "/my/reseller/data"

    @api.model
    def _get_resource_path(self, row):
        """The page of the resource.

        :param dict row: see ``crm.reseller.onboarding._read_for_portal``
        :return: address without the host
        """
        return f"/my/resources/{row['resource_id']}"

    @api.model
    def _get_agreement_path(self, row):
        """The page of the agreement.

        :param dict row: see ``crm.reseller.onboarding._read_for_portal``
        :return: address without the host
        """
        return f"/my/agreements/{row['agreement_id']}"

    @api.model
    def _get_leads_path(self, row):
        """The list of offers.

        :param dict row: see ``crm.reseller.onboarding._read_for_portal``
        :return: address without the host
        """
        return "/my/leads"

    # ------------------------------------------------------------
    # WHO DID IT
    # ------------------------------------------------------------

    def _observe_signed_in(self, resellers):
        """Who signed in: by the counters of the portal, else by the accounts.

        :param resellers: res.partner, elevated
        :return: dict of pair of step id and reseller id to ``Evidence``
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT ON (reseller_id) reseller_id, moment, person_id
                  FROM (SELECT reseller_id,
                               day + INTERVAL '1 day -1 second' AS moment,
                               partner_id AS person_id
                          FROM crm_reseller_usage
                         WHERE sign_ins > 0 AND reseller_id = ANY(%(resellers)s)
                         UNION ALL
                        SELECT person.commercial_partner_id, log.create_date, person.id
                          FROM res_users_log AS log
                          JOIN res_users AS account ON account.id = log.create_uid
                          JOIN res_partner AS person ON person.id = account.partner_id
                         WHERE account.share
                           AND person.commercial_partner_id = ANY(%(resellers)s)
                       ) AS found
              ORDER BY reseller_id, moment DESC, person_id
                """,
                resellers=resellers.ids,
            )
        )
        return self._spread(self.env.cr.fetchall())

    def _observe_profile(self, resellers):
        """Whose company data have the field filled.

        :param resellers: res.partner, elevated
        :return: dict of pair of step id and reseller id to ``Evidence``
        """
        return {
            (step.id, reseller.id): Evidence()
            for name, steps in self.grouped("profile_field").items()
            for reseller in resellers._filter_onboarding_profile(name)
            for step in steps
        }

    def _observe_resource(self, resellers):
        """Who fetched or read the resource, in any version.

        :param resellers: res.partner, elevated
        :return: dict of pair of step id and reseller id to ``Evidence``
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT ON (usage.resource_id, person.commercial_partner_id)
                       usage.resource_id, person.commercial_partner_id, usage.day,
                       person.id
                  FROM crm_reseller_resource_usage AS usage
                  JOIN res_partner AS person ON person.id = usage.partner_id
                 WHERE usage.resource_id = ANY(%s)
                   AND person.commercial_partner_id = ANY(%s)
              ORDER BY usage.resource_id, person.commercial_partner_id, usage.day DESC
                """,
                self.resource_id.ids,
                resellers.ids,
            )
        )
        read = {}
        for resource_id, reseller_id, day, person_id in self.env.cr.fetchall():
            moment = datetime.combine(day, time(23, 59, 59))
            read[resource_id, reseller_id] = Evidence(moment, person_id)
        return self._match_evidence("resource_id", resellers, read)

    def _observe_agreement(self, resellers):
        """Who accepted the valid version of the agreement.

        :param resellers: res.partner, elevated
        :return: dict of pair of step id and reseller id to ``Evidence``
        """
        accepted = {}
        for each in self.agreement_id._get_accepted(resellers):
            key = (each.agreement_id.id, each.reseller_id.id)
            accepted.setdefault(key, Evidence(each.accepted_on, each.partner_id.id))
        return self._match_evidence("agreement_id", resellers, accepted)

    def _match_evidence(self, name, resellers, found):
        """What was found for the record that each step is about.

        :param str name: the field of the step with that record
        :param resellers: res.partner
        :param dict found: pair of id of such a record and reseller id to ``Evidence``
        :return: dict of pair of step id and reseller id to ``Evidence``
        """
        return {
            (step.id, reseller.id): found[step[name].id, reseller.id]
            for step in self
            for reseller in resellers
            if (step[name].id, reseller.id) in found
        }

    def _observe_first_lead(self, resellers):
        """Who answered an offer in time.

        :param resellers: res.partner, elevated
        :return: dict of pair of step id and reseller id to ``Evidence``
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT ON (offer.reseller_id)
                       offer.reseller_id, offer.answered_on, account.partner_id
                  FROM crm_reseller_offer AS offer
             LEFT JOIN res_users AS account
                    ON account.id = offer.answered_by_id AND account.share
                 WHERE offer.reseller_id = ANY(%s) AND %s
              ORDER BY offer.reseller_id, offer.answered_on DESC, offer.id
                """,
                resellers.ids,
                SQL(ANSWERED_IN_TIME),
            )
        )
        return self._spread(self.env.cr.fetchall())

    def _spread(self, rows):
        """Each of these steps is done by the same resellers.

        :param list rows: tuples of reseller id, moment and person id
        :return: dict of pair of step id and reseller id to ``Evidence``
        """
        return {
            (step_id, reseller_id): Evidence(moment, person_id)
            for step_id in self.ids
            for reseller_id, moment, person_id in rows
        }
