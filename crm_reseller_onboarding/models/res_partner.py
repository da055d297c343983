from odoo import _, api, fields, models

from .crm_reseller_announcement import EVENT

# what decides which track a reseller goes
PROGRAM = frozenset({"reseller_level_id", "reseller_activation_id", "active"})
# what the steps of the kind Company Data Filled look at
ADDRESS = ("street", "city", "country_id")
TERRITORY = ("reseller_country_ids", "reseller_state_ids", "reseller_zip_prefixes")
PROFILE = frozenset(
    {
        "phone",
        "mobile",
        "email",
        "website",
        "vat",
        "image_1920",
        *ADDRESS,
        *TERRITORY,
    }
)


class ResPartner(models.Model):
    """The onboarding of a reseller."""

    _inherit = "res.partner"

    reseller_onboarding_ids = fields.One2many(
        "crm.reseller.onboarding",
        "reseller_id",
        string="Onboarding",
        copy=False,
        groups="sales_team.group_sale_salesman",
    )
    reseller_progress_ids = fields.One2many(
        "crm.reseller.onboarding.progress",
        "reseller_id",
        string="Onboarding Steps",
        copy=False,
        groups="sales_team.group_sale_salesman",
    )
    reseller_onboarding_limit = fields.Integer(
        string="Capacity While Onboarding",
        compute="_compute_reseller_onboarding_limit",
        groups="base.group_user",
        help="How many open leads the onboarding allows now. 0: it does not limit.",
    )

    # ------------------------------------------------------------
    # CAPACITY
    # ------------------------------------------------------------

    @api.depends("reseller_onboarding_ids.capacity_limit")
    def _compute_reseller_onboarding_limit(self):
        for partner in self:
            # one at most is open
            limits = partner.reseller_onboarding_ids.mapped("capacity_limit")
            partner.reseller_onboarding_limit = max(limits, default=0)

    @api.model
    def _get_reseller_capacity_depends(self):
        """The fields that ``_get_reseller_capacity`` reads. Hook.

        :return: list of paths
        """
        return [
            *super()._get_reseller_capacity_depends(),
            "reseller_onboarding_ids.capacity_limit",
        ]

    def _get_reseller_capacity(self):
        """A newcomer holds few leads; the limit grows with its onboarding. Hook.

        :return: int, 0 for no limit
        """
        own = super()._get_reseller_capacity()
        limit = self.reseller_onboarding_limit
        return min(own, limit) if own and limit else own or limit

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners.sudo().filtered("reseller_activation_id")._on_onboarding_program()
        return partners

    def write(self, vals):
        program = {}
        if PROGRAM.intersection(vals):
            program = {partner: partner._get_onboarding_program() for partner in self}
        result = super().write(vals)
        changed = self.browse(
            partner.id
            for partner, before in program.items()
            if partner._get_onboarding_program() != before
        )
        if changed:
            changed._on_onboarding_program()
        if PROFILE.intersection(vals):
            self._on_onboarding_profile()
        return result

    def _get_onboarding_program(self):
        """What decides which track this reseller goes, as it is stored.

        :return: tuple
        """
        self.ensure_one()
        reseller = self.sudo()
        return (
            bool(reseller.reseller_level_id),
            reseller.reseller_activation_id,
            reseller.active,
        )

    def _on_onboarding_program(self):
        """Start the tracks of these resellers' activations, and stop others. Hook."""
        resellers = self.sudo()
        Onboarding = self.env["crm.reseller.onboarding"].sudo()
        Onboarding.search(
            [("reseller_id", "in", resellers.ids), ("state", "=", "open")]
        ).filtered(
            lambda each: (
                not each.reseller_id.active
                or not each.reseller_id.reseller_level_id
                or each.reseller_id.reseller_activation_id != each.activation_id
            )
        )._stop()
        Onboarding._start(resellers)

    def _on_onboarding_profile(self):
        """Look at the steps of newcomers whose company data changed. Hook."""
        resellers = self.sudo().filtered("reseller_level_id")
        self.env["crm.reseller.onboarding"]._observe_resellers(resellers, "profile")

    # ------------------------------------------------------------
    # WHAT IS ASKED
    # ------------------------------------------------------------

    def _filter_onboarding_profile(self, name):
        """Those of these resellers who have a part of the company data filled.

        :param str name: one of ``PROFILE_FIELDS``
        :return: res.partner, elevated
        """
        resellers = self.sudo()
        if name == "logo":
            return resellers & resellers._find_with_logo()
        return resellers.filtered(lambda each: each._has_onboarding_profile(name))

    def _find_with_logo(self):
        """Those of these resellers who have a logo, or proposed one that waits for us.

        No picture is loaded to find out.

        :return: res.partner, elevated
        """
        pictures = (
            self.env["ir.attachment"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_field", "=", "image_1920"),
                    ("res_id", "in", self.ids),
                ],
                ["res_id"],
            )
        )
        proposals = (
            self.env["crm.reseller.proposal"]
            .sudo()
            .search_fetch(
                [
                    ("reseller_id", "in", self.ids),
                    ("state", "=", "submitted"),
                    ("with_logo", "=", True),
                ],
                ["reseller_id"],
            )
        )
        return self.sudo().browse(pictures.mapped("res_id")) | proposals.reseller_id

    def _has_onboarding_profile(self, name):
        """Whether a part of the company data is filled. Hook.

        :param str name: one of ``PROFILE_FIELDS``
        :return: bool
        """
        self.ensure_one()
        reseller = self.sudo()
        if name == "address":
            return all(reseller[each] for each in ADDRESS)
        if name == "reseller_territory":
            return any(reseller[each] for each in TERRITORY)
        if name == "logo":
            return bool(reseller._filter_onboarding_profile(name))
        if name == "phone":
            return bool(reseller.phone or getattr(reseller, "mobile", False))
        return bool(name and reseller[name])

    @api.model
    def _get_reseller_notification_events(self):
        """The events a reseller's person is notified of, announcements too. Hook.

        :return: dict from the key of an event to a dict with ``label``
        """
        return {
            **super()._get_reseller_notification_events(),
            EVENT: {"label": _("Our team announces something")},
        }
