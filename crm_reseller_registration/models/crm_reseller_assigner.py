from collections import defaultdict

from odoo import api, fields, models


class CrmResellerAssigner(models.AbstractModel):
    _inherit = "crm.reseller.assigner"

    @api.model
    def _read_excluded(self, lead_ids, now):
        """Leave leads of a protected customer to the reseller that registered it."""
        excluded = super()._read_excluded(lead_ids, now)
        holders = self._read_protections(lead_ids)
        if not holders:
            return excluded
        resellers = set(
            self.env["res.partner"].sudo().search(self._get_resellers_domain()).ids
        )
        for lead_id, holder_ids in holders.items():
            # of two that are protected by different signs, both may get the lead
            others = resellers - holder_ids
            excluded[lead_id] = sorted(others.union(excluded.get(lead_id, ())))
        return excluded

    @api.model
    def _read_protections(self, lead_ids):
        """Return which resellers the customers of leads are protected for.

        :param lead_ids: ids of crm.lead
        :return: dict of lead id and set of reseller ids
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT lead.id, registration.reseller_id
              FROM crm_lead lead
         LEFT JOIN crm_team team ON team.id = lead.team_id
         LEFT JOIN res_partner person ON person.id = lead.partner_id
         LEFT JOIN res_partner customer ON customer.id = person.commercial_partner_id
              JOIN crm_deal_registration_claim claim
                ON claim.name IN (
                    'domain:' || lead.contact_domain_key,
                    'email:' || lead.email_normalized,
                    'domain:' || customer.contact_domain_key,
                    'vat:' || customer.contact_vat_key,
                    'partner:' || customer.id)
              JOIN crm_deal_registration registration
                ON registration.id = claim.registration_id
             WHERE lead.id = ANY(%s)
               AND registration.protection IN ('provisional', 'granted')
               AND registration.lapses_on > %s
               AND registration.company_id
                   = COALESCE(lead.company_id, team.company_id, registration.company_id)
            """,
            [list(lead_ids), fields.Datetime.now()],
        )
        holders = defaultdict(set)
        for lead_id, reseller_id in self.env.cr.fetchall():
            holders[lead_id].add(reseller_id)
        return holders
