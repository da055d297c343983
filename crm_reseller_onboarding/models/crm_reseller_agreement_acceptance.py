from odoo import _, api, fields, models
from odoo.exceptions import UserError


class CrmResellerAgreementAcceptance(models.Model):
    """That a reseller accepted a version: who, when, and the text. Kept for ever.

    Names are kept beside the contacts, so that they still say who it was when contacts
    are merged or deleted.
    """

    _name = "crm.reseller.agreement.acceptance"
    _description = "Acceptance of a Reseller Agreement"
    _order = "accepted_on desc, id desc"
    _rec_name = "reseller_name"
    _log_access = False  # says itself who accepted, and when

    version_id = fields.Many2one(
        "crm.reseller.agreement.version",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    agreement_id = fields.Many2one(related="version_id.agreement_id", store=True)
    company_id = fields.Many2one(related="version_id.company_id", store=True)
    reseller_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    reseller_name = fields.Char(string="Company", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Person", readonly=True, ondelete="set null"
    )
    person_name = fields.Char(string="Accepted by", required=True, readonly=True)
    person_email = fields.Char(string="E-mail", readonly=True)
    accepted_on = fields.Datetime(required=True, readonly=True)
    body = fields.Html(
        string="Text as Accepted", readonly=True, help="In the language of the person."
    )

    _sql_constraints = [
        (
            "version_reseller",
            "UNIQUE (version_id, reseller_id)",
            "A reseller accepts a version once.",
        )
    ]

    def write(self, vals):
        if vals:
            raise UserError(_("An acceptance cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """Keep acceptances.

        :raises UserError: always
        """
        raise UserError(_("An acceptance cannot be deleted."))
