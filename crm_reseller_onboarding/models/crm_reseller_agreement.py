from odoo import api, fields, models


class CrmResellerAgreement(models.Model):
    """A text that resellers accept, in versions."""

    _name = "crm.reseller.agreement"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Reseller Agreement"
    _order = "name, id"

    name = fields.Char(string="Title", required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share it."
    )
    version_ids = fields.One2many(
        "crm.reseller.agreement.version", "agreement_id", string="Versions"
    )
    valid_version_id = fields.Many2one(
        "crm.reseller.agreement.version",
        string="Valid Version",
        compute="_compute_valid_version_id",
        help="The version published last: the one that resellers accept.",
    )
    acceptance_count = fields.Integer(
        string="Acceptances", compute="_compute_acceptance_count", compute_sudo=False
    )

    @api.depends("version_ids.state", "version_ids.published_on")
    def _compute_valid_version_id(self):
        for agreement in self:
            published = agreement.version_ids.filtered(
                lambda version: version.state == "published"
            )
            agreement.valid_version_id = published.sorted(
                lambda version: (version.published_on, version.id)
            )[-1:]

    def _compute_acceptance_count(self):
        counts = dict(
            self.env["crm.reseller.agreement.acceptance"]._read_group(
                [("agreement_id", "in", self.ids)], ["agreement_id"], ["__count"]
            )
        )
        for agreement in self:
            agreement.acceptance_count = counts.get(agreement._origin, 0)

    def action_view_acceptances(self):
        """Open who accepted these agreements, and when.

        :return: action
        :raises AccessError: for users who may not read them
        """
        Acceptance = self.env["crm.reseller.agreement.acceptance"]
        domain = [("agreement_id", "in", self.ids)]
        Acceptance.search_count(domain, limit=1)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_reseller_onboarding.crm_reseller_agreement_acceptance_action"
        )
        return {**action, "domain": domain}

    def _get_accepted(self, resellers):
        """Who accepted the valid versions of these agreements, or ones as good.

        :param resellers: res.partner
        :return: crm.reseller.agreement.acceptance, elevated
        """
        equal = self.env["crm.reseller.agreement.version"].sudo()
        for versions in self.sudo().valid_version_id._get_equal_versions().values():
            equal |= versions
        return (
            self.env["crm.reseller.agreement.acceptance"]
            .sudo()
            .search(
                [
                    ("version_id", "in", equal.ids),
                    ("reseller_id", "in", resellers.ids),
                ]
            )
        )

    def _accept(self, version, reseller, person):
        """Keep that a person accepts the valid version for its company.

        Twice counts once.

        :param version: crm.reseller.agreement.version that the person read
        :param reseller: res.partner, the company
        :param person: res.partner who accepts
        :return: crm.reseller.agreement.acceptance, elevated; empty where another
            version is valid meanwhile
        """
        self.ensure_one()
        agreement = self.sudo()
        accepted = self.env["crm.reseller.agreement.acceptance"].sudo()
        # of two clicks at the same moment the second one finds the first
        reseller._lock_reseller_people()
        if not version or agreement.valid_version_id != version:
            return accepted
        known = agreement._get_accepted(reseller)
        if known:
            return known
        accepted = accepted.create(
            {
                "version_id": version.id,
                "reseller_id": reseller.id,
                "reseller_name": reseller.name,
                "partner_id": person.id,
                "person_name": person.name,
                "person_email": person.email,
                "accepted_on": fields.Datetime.now(),
                "body": version.body,
            }
        )
        self.env["crm.reseller.onboarding"]._observe_resellers(reseller, "agreement")
        return accepted
