import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

# lower case, so that an address that is read out is found
PATH = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_PATH = 60


class CrmResellerPortal(models.Model):
    """The portal of a sales direction: its address, its structure, its welcome."""

    _name = "crm.reseller.portal"
    _inherit = "crm.reseller.guard.mixin"
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
