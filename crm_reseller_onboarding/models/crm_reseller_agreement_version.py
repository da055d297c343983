from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_reseller_base.compat import check_access

# what resellers may have accepted is never changed behind their backs
CONTENT = frozenset({"agreement_id", "name", "body", "ask_again"})
# what only the methods below write
GUARDED = frozenset({"state", "published_on", "published_by_id"})


class CrmResellerAgreementVersion(models.Model):
    """One version of an agreement. Once published, its text stays as it is."""

    _name = "crm.reseller.agreement.version"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Version of a Reseller Agreement"
    _order = "published_on desc, id desc"

    agreement_id = fields.Many2one(
        "crm.reseller.agreement", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="agreement_id.company_id", store=True)
    name = fields.Char(string="Version", required=True, default="1")
    body = fields.Html(string="Text", required=True, translate=True)
    ask_again = fields.Boolean(
        string="Must Be Accepted Again",
        default=True,
        help="Open steps of resellers that accepted an earlier version are reopened. "
        "When off, an earlier acceptance still counts.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    published_on = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    acceptance_ids = fields.One2many(
        "crm.reseller.agreement.acceptance", "version_id", string="Acceptances"
    )

    @api.depends("agreement_id.name", "name")
    def _compute_display_name(self):
        for version in self:
            version.display_name = _(
                "%(agreement)s, version %(version)s",
                agreement=version.agreement_id.name or "",
                version=version.name or "",
            )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        fresh = {**dict.fromkeys(GUARDED, False), "state": "draft"}
        return super().create([{**vals, **fresh} for vals in vals_list])

    def write(self, vals):
        if not self.env.su and GUARDED.intersection(vals):
            raise UserError(_("Use the button to publish a version."))
        if CONTENT.intersection(vals):
            self._check_draft()
        return super().write(vals)

    def update_field_translations(self, field_name, translations, *args, **kwargs):
        """Keep the texts of published versions in every language.

        :param str field_name: see ``base``
        :param dict translations: see ``base``
        :param args: see ``base``
        :param kwargs: see ``base``
        :return: see ``base``
        :raises UserError: for a version that was published
        """
        check_access(self, "write")
        if field_name in CONTENT:
            self._check_draft()
        return super().update_field_translations(
            field_name, translations, *args, **kwargs
        )

    def _check_draft(self):
        """Refuse changes of what was published.

        :raises UserError: for a version that was published
        """
        if any(version.state != "draft" for version in self.sudo()):
            raise UserError(
                _("This version was published. Create a new version instead.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        """Keep what resellers may have accepted.

        :raises UserError: for a version that was published
        """
        if any(version.state != "draft" for version in self.sudo()):
            raise UserError(_("A version that was published cannot be deleted."))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_publish(self):
        """Make these versions the valid ones of their agreements.

        :return: True
        :raises AccessError: for users who may not write them
        """
        check_access(self, "write")
        drafts = self.sudo().filtered(lambda version: version.state == "draft")
        drafts.write(
            {
                "state": "published",
                "published_on": fields.Datetime.now(),
                "published_by_id": self.env.uid,
            }
        )
        drafts._on_published()
        return True

    def _on_published(self):
        """Look again at the steps that ask for these agreements. Hook."""
        steps = (
            self.env["crm.reseller.onboarding.step"]
            .sudo()
            .search([("agreement_id", "in", self.agreement_id.ids)])
        )
        if steps:
            steps.progress_ids.onboarding_id._observe(("agreement",))

    def _get_equal_versions(self):
        """The versions whose acceptance counts for these, too.

        A version that need not be accepted again takes the acceptances of the one
        before.

        :return: dict of version to the versions that count, itself included
        """
        equal = {}
        for version in self.sudo():
            earlier = version.agreement_id.version_ids.filtered(
                lambda each: each.state == "published"
            ).sorted(lambda each: (each.published_on, each.id), reverse=True)
            counted = self.browse()
            for each in earlier[earlier.ids.index(version.id) :]:
                counted |= each
                if each.ask_again:
                    break
            equal[version] = counted
        return equal
