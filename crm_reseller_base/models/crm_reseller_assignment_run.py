import base64

from odoo import api, fields, models

from ..lib import assignment_run


class CrmResellerAssignmentSnapshot(models.Model):
    """The resellers as one or more runs read them; kept once for all of them."""

    _name = "crm.reseller.assignment.snapshot"
    _description = "Resellers Read by an Assignment Run"
    _log_access = False
    _rec_name = "checksum"

    checksum = fields.Char(required=True, readonly=True)
    content = fields.Binary(
        attachment=False, required=True, readonly=True, groups="base.group_system"
    )

    _sql_constraints = [
        ("checksum_unique", "UNIQUE (checksum)", "The snapshot is kept already."),
    ]

    @api.model
    def _store(self, checksum, content):
        """Keep a snapshot, unless it is kept already.

        :param str checksum: of the content
        :param bytes content: compressed
        :return: record
        """
        found = self.search([("checksum", "=", checksum)], limit=1)
        if found:
            return found
        self.env.cr.execute(
            """
            INSERT INTO crm_reseller_assignment_snapshot (checksum, content)
                 VALUES (%s, %s)
            ON CONFLICT (checksum) DO UPDATE SET checksum = EXCLUDED.checksum
              RETURNING id
            """,
            [checksum, base64.b64encode(content)],
        )
        return self.browse(self.env.cr.fetchone()[0])


class CrmResellerAssignmentRun(models.Model):
    """One run of the assigner, with everything that is needed to repeat it.

    Runs that made no offer are not kept. Manual offers have no run.
    """

    _name = "crm.reseller.assignment.run"
    _description = "Assignment Run"
    _order = "started_on desc, id desc"
    _log_access = False
    _rec_name = "started_on"

    started_on = fields.Datetime(required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Started by", readonly=True)
    automatic = fields.Boolean(
        readonly=True, help="Only leads with an automatic rule were offered."
    )
    seed = fields.Integer(readonly=True)
    lead_count = fields.Integer(string="Leads", readonly=True)
    offer_count = fields.Integer(string="Offers", readonly=True)
    snapshot_id = fields.Many2one(
        "crm.reseller.assignment.snapshot", readonly=True, ondelete="restrict"
    )
    content = fields.Binary(
        attachment=False,
        readonly=True,
        groups="base.group_system",
        help="Order of leads, capacities and turns as read; compressed.",
    )
    offer_ids = fields.One2many("crm.reseller.offer", "run_id", readonly=True)

    def _repeat(self, replace=None):
        """Make the choices of this run again.

        :param dict replace: ``lib.assignment.Reseller`` by id, to use instead of those
            that were read
        :return: list of pairs of a rule's id and a ``lib.assignment.Choice``
        """
        self.ensure_one()
        run = self.sudo()
        return assignment_run.repeat(
            base64.b64decode(run.snapshot_id.content),
            base64.b64decode(run.content),
            replace,
        )

    def _unpack(self):
        """What this run kept.

        :return: pair of the resellers as they were read, by id, and a
            ``lib.assignment_run.StoredRun``
        """
        self.ensure_one()
        run = self.sudo()
        return (
            assignment_run.unpack_resellers(base64.b64decode(run.snapshot_id.content)),
            assignment_run.unpack_run(base64.b64decode(run.content)),
        )

    def _get_known_resellers(self):
        """Who could have got a lead when this run started.

        :return: set of ids of res.partner
        """
        self.ensure_one()
        run = self.sudo()
        room = assignment_run.unpack_room(base64.b64decode(run.content))
        resellers = assignment_run.unpack_resellers(
            base64.b64decode(run.snapshot_id.content)
        )
        return {key for key in resellers if room.get(key, 1) > 0}
