import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.crm_reseller_base.compat import check_access

# lower case, so that an address that is read out is found
PATH = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_PATH = 60


class CrmResellerPortal(models.Model):
    """The portal of a sales direction: its address, its structure, its welcome."""

    _name = "crm.reseller.portal"
    _inherit = ["crm.reseller.guard.mixin", "crm.reseller.direction.mixin"]
    _description = "Partner Portal"
    _order = "direction_id, id"
    _check_company_auto = True

    direction_id = fields.Many2one(
        "crm.reseller.direction",
        string="Sales Direction",
        required=True,
        index=True,
        ondelete="cascade",
    )
    name = fields.Char(related="direction_id.name")
    company_id = fields.Many2one(
        related="direction_id.company_id", store=True, index=True
    )
    path = fields.Char(
        required=True,
        copy=False,
        help="The end of the portal's address: small letters, digits and hyphens.",
    )
    active = fields.Boolean(
        default=False,
        copy=False,
        help="While it is off, the resellers of this direction use the general portal.",
    )
    url = fields.Char(string="Address", compute="_compute_url")
    enforced = fields.Boolean(compute="_compute_enforced")
    welcome = fields.Html(
        translate=True,
        sanitize_attributes=True,
        sanitize_form=True,
        help="Shown on the first page of the portal.",
    )
    image = fields.Image(
        string="Picture",
        max_width=1280,
        max_height=480,
        help="Shown above the welcome text.",
    )
    # a column, so that the page need not look for the file
    has_image = fields.Boolean(compute="_compute_has_image", store=True)
    contact_id = fields.Many2one(
        "res.users",
        string="Contact Person",
        domain=[("share", "=", False)],
        help="Shown with photo, phone and e-mail address.",
    )
    section_ids = fields.One2many(
        "crm.reseller.portal.section", "portal_id", string="Sections", copy=True
    )

    _sql_constraints = [
        ("path_unique", "UNIQUE(path)", "Another portal has this path already."),
        ("direction_unique", "UNIQUE(direction_id)", "This direction has a portal."),
    ]

    # ------------------------------------------------------------
    # COMPUTES AND CONSTRAINTS
    # ------------------------------------------------------------

    @api.depends("path")
    def _compute_url(self):
        for portal in self:
            portal.url = f"{portal.get_base_url()}/partner/{portal.path or ''}"

    @api.depends("image")
    def _compute_has_image(self):
        for portal in self:
            portal.has_image = bool(portal.with_context(bin_size=True).image)

    @api.depends("company_id")
    def _compute_enforced(self):
        main_company = self.env["crm.lead"]._get_main_company()
        for portal in self:
            company = portal.company_id.sudo() or main_company
            portal.enforced = company.reseller_enforce_directions

    @api.constrains("path")
    def _check_path(self):
        """Accept paths that are part of an address as they are.

        :raises ValidationError: for any other
        """
        for portal in self:
            if not PATH.fullmatch(portal.path or "") or len(portal.path) > LONGEST_PATH:
                raise ValidationError(
                    _(
                        "Write the path with at most %(length)s small letters, digits "
                        "and single hyphens, e.g. heavy-machines",
                        length=LONGEST_PATH,
                    )
                )

    # ------------------------------------------------------------
    # STRUCTURE
    # ------------------------------------------------------------

    @api.model
    def _prepare_sections(self, portal=None):
        """The sections of a new portal: all there are, or those of another portal.

        :param portal: crm.reseller.portal whose structure is taken over, or none
        :return: list of commands for ``section_ids``
        """
        if portal:
            return [
                # one by one: Odoo 17 copies no more at once
                fields.Command.create(section.copy_data({"portal_id": False})[0])
                for section in portal.section_ids
            ]
        Section = self.env["crm.reseller.portal.section"]
        return [
            fields.Command.create({"key": key, "sequence": 10 * number})
            for number, key in enumerate(Section._get_keys(), 1)
        ]

    @api.model
    def _add_section_everywhere(self, key):
        """Show a section in the portals that exist: for the data of new addons.

        :param str key: of the section
        """
        portals = self.with_context(active_test=False).search([], limit=None)
        lacking = portals.filtered(
            lambda portal: key not in portal.section_ids.mapped("key")
        )
        self.env["crm.reseller.portal.section"].create(
            [
                {
                    "portal_id": portal.id,
                    "key": key,
                    "sequence": max(portal.section_ids.mapped("sequence"), default=0)
                    + 10,
                }
                for portal in lacking
            ]
        )

    def _get_form_action(self):
        """Open this portal's form.

        :return: action
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "context": {"active_test": False},
        }

    def action_open_portal(self):
        """Open the portal's first page.

        :return: action
        """
        check_access(self, "read")
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.url, "target": "new"}
