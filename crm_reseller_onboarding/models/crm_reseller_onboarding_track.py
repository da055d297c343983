from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError


class CrmResellerOnboardingTrack(models.Model):
    """What resellers of an activation do before the next activation follows."""

    _name = "crm.reseller.onboarding.track"
    _inherit = "crm.reseller.guard.mixin"
    _description = "Onboarding Track"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="For resellers of this company only. Leave empty to share it.",
    )
    activation_id = fields.Many2one(
        "crm.reseller.activation",
        required=True,
        index=True,
        ondelete="restrict",
        help="Resellers that get this activation start with the track.",
    )
    next_activation_id = fields.Many2one(
        "crm.reseller.activation",
        string="Next Activation",
        ondelete="restrict",
        help="What resellers get when all steps are done. Empty: they keep theirs.",
    )
    start_capacity = fields.Integer(
        string="Open Leads at the Start",
        default=1,
        help="How many offers and accepted open leads a newcomer may hold at first. "
        "Each finished step and each answered lead raises the limit, up to the "
        "reseller's own. 0: the track does not limit.",
    )
    lead_gain = fields.Integer(
        string="More per Answered Lead",
        default=1,
        help="How many more open leads each offer that was answered in time allows.",
    )
    step_ids = fields.One2many(
        "crm.reseller.onboarding.step", "track_id", string="Steps", copy=True
    )
    onboarding_ids = fields.One2many("crm.reseller.onboarding", "track_id")
    open_count = fields.Integer(
        string="Newcomers", compute="_compute_open_count", compute_sudo=False
    )

    # ------------------------------------------------------------
    # COMPUTES AND CONSTRAINTS
    # ------------------------------------------------------------

    @api.depends("onboarding_ids.state")
    def _compute_open_count(self):
        counts = dict(
            self.env["crm.reseller.onboarding"]._read_group(
                [("track_id", "in", self.ids), ("state", "=", "open")],
                ["track_id"],
                ["__count"],
            )
        )
        for track in self:
            track.open_count = counts.get(track._origin, 0)

    @api.constrains("start_capacity", "lead_gain")
    def _check_numbers(self):
        """Refuse numbers below zero.

        :raises ValidationError: for such a number
        """
        for track in self:
            if track.start_capacity < 0 or track.lead_gain < 0:
                raise ValidationError(_("Numbers of leads cannot be below zero."))

    @api.constrains("activation_id", "next_activation_id")
    def _check_next_activation(self):
        """Refuse a track that leads back to where it begins.

        :raises ValidationError: for such a track
        """
        for track in self:
            if track.activation_id == track.next_activation_id:
                raise ValidationError(
                    _("The next activation must differ from that of the track.")
                )

    @api.constrains("activation_id", "company_id", "active")
    def _check_one_track(self):
        """Allow one track for each activation and company.

        :raises ValidationError: for a second one
        """
        for track in self.filtered("active"):
            others = self.sudo().search_count(
                [
                    ("id", "!=", track.id),
                    ("activation_id", "=", track.activation_id.id),
                    ("company_id", "=", track.company_id.id),
                ],
                limit=1,
            )
            if others:
                raise ValidationError(
                    _(
                        "%(activation)s has a track already.",
                        activation=track.activation_id.name,
                    )
                )

    # ------------------------------------------------------------
    # WHO STARTS
    # ------------------------------------------------------------

    @api.model
    def _get_tracks(self, resellers):
        """The track each reseller is to go by its activation. Hook.

        A track of the reseller's own company comes before a shared one.

        :param resellers: res.partner, elevated
        :return: dict of reseller to crm.reseller.onboarding.track, elevated; those
            without a track are not in it
        """
        tracks = self.sudo().search(
            [("activation_id", "in", resellers.reseller_activation_id.ids)]
        )
        by_key = {(track.activation_id, track.company_id): track for track in tracks}
        nothing = self.env["res.company"]
        found = {}
        for reseller in resellers:
            activation = reseller.reseller_activation_id
            company = reseller._get_reseller_company()
            track = by_key.get((activation, company)) or by_key.get(
                (activation, nothing)
            )
            if track and track.step_ids:
                found[reseller] = track
        return found

    def action_start(self):
        """Start the onboarding of all resellers that have the activation already.

        :return: a notification
        :raises AccessError: for users who are no sales administrators
        """
        self._check_manager()
        resellers = (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    ("reseller_level_id", "!=", False),
                    ("reseller_activation_id", "in", self.activation_id.ids),
                ]
            )
        )
        started = self.env["crm.reseller.onboarding"]._start(resellers)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": _("%(count)s resellers started.", count=len(started)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _check_manager(self):
        """Let only sales administrators pass.

        :raises AccessError: for anyone else
        """
        user = self.env.user
        if not self.env.su and not user.has_group("sales_team.group_sale_manager"):
            raise AccessError(_("Only sales administrators can do this."))
