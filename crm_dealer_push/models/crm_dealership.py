import json
from contextlib import contextmanager
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import email_split

from ..const import MASK, PRODUCTS_FRESH_HOURS
from ..lib import addresses, dealer, errors, jsonrpc, logs

# before one can be typed
logs.hide_keys()

# What decides who receives the key.
CONNECTION_FIELDS = frozenset(
    {"odoo_url", "odoo_database", "odoo_login", "odoo_api_key", "verify_tls"}
)
# What only an administrator may set, and what only our own code finds out.
GUARDED_FIELDS = CONNECTION_FIELDS | {
    "timeout_seconds",
    "has_api_key",
    "odoo_uid",
    "dealer_reference",
    "connection_state",
    "last_test_on",
    "last_test_message",
    "product_ids",
}


# Errors that say the connection itself does not work.
CONNECTION_ERRORS = frozenset(
    {"address", "tls", "redirected", "database", "credentials", "sales_missing"}
)


class CrmDealership(models.Model):
    _name = "crm.dealership"
    _description = "Dealership"
    _inherit = ["crm.dealer.guard", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", "Contact", check_company=True)
    manager_name = fields.Char()
    manager_email = fields.Char(
        help="Gets an e-mail for each new order. Leave empty to send none."
    )

    # The connection decides who receives the key: for administrators only.
    odoo_url = fields.Char("Odoo Address", groups="base.group_system", copy=False)
    odoo_database = fields.Char("Database", groups="base.group_system", copy=False)
    odoo_login = fields.Char("Login", groups="base.group_system", copy=False)
    odoo_api_key = fields.Char(
        "API Key or Password",
        compute="_compute_odoo_api_key",
        inverse="_inverse_odoo_api_key",
        groups="base.group_system",
        copy=False,
        help="Can be written, never read: a key that is set shows as asterisks.",
    )
    verify_tls = fields.Boolean(
        "Verify TLS", default=True, groups="base.group_system", copy=False
    )
    timeout_seconds = fields.Integer(
        "Timeout (Seconds)", default=20, groups="base.group_system", copy=False
    )
    odoo_uid = fields.Integer(
        "User at the Dealer", readonly=True, groups="base.group_system", copy=False
    )
    dealer_reference = fields.Text(
        "Learned from the Dealer", readonly=True, groups="base.group_system", copy=False
    )
    # The key itself is in a table that no field leads to.
    has_api_key = fields.Boolean(readonly=True, groups="base.group_system", copy=False)

    # How the dealer wants its orders
    push_mode = fields.Selection(
        [("blocking", "At Once"), ("queued", "In the Background")],
        default="blocking",
        required=True,
        tracking=True,
        help="At once: the lead is won when the order is made, and stays where it was "
        "when it is not. In the background: the lead is won, and the order follows.",
    )
    price_rule = fields.Selection(
        [
            ("dealer", "The Dealer's Price"),
            ("list", "List Price of the Vehicle Model"),
            ("lead", "Expected Revenue of the Lead"),
        ],
        default="dealer",
        required=True,
    )
    dealer_company_name = fields.Char("Company at the Dealer")
    dealer_pricelist_name = fields.Char("Pricelist at the Dealer")
    dealer_team_name = fields.Char("Sales Team at the Dealer")

    # What is known of the connection
    connection_state = fields.Selection(
        [("untested", "Not Tested"), ("ok", "Working"), ("failed", "Failing")],
        default="untested",
        readonly=True,
        copy=False,
        required=True,
    )
    last_test_on = fields.Datetime("Last Test", readonly=True, copy=False)
    last_test_message = fields.Html(
        "Result of the Last Test", readonly=True, copy=False
    )
    product_ids = fields.One2many(
        "crm.dealer.product", "dealership_id", "Vehicle Models", readonly=True
    )
    missing_product_count = fields.Integer(compute="_compute_missing_product_count")
    push_ids = fields.One2many(
        "crm.dealer.push",
        "dealership_id",
        "Orders",
        groups="sales_team.group_sale_manager,base.group_system",
    )
    lead_ids = fields.One2many("crm.lead", "dealership_id", "Leads")

    # Health
    last_success_on = fields.Datetime(compute="_compute_health")
    failures_today = fields.Integer(compute="_compute_health")
    median_seconds = fields.Float(
        "Median Time (s)", compute="_compute_health", digits=(16, 2)
    )
    waiting_count = fields.Integer("Waiting", compute="_compute_health")

    _sql_constraints = [
        (
            "timeout_positive",
            "CHECK(timeout_seconds BETWEEN 1 AND 300)",
            "The timeout must be between 1 and 300 seconds.",
        )
    ]

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("has_api_key")
    def _compute_odoo_api_key(self):
        for dealership in self:
            dealership.odoo_api_key = MASK if dealership.has_api_key else False

    def _inverse_odoo_api_key(self):
        for dealership in self:
            secret = dealership.odoo_api_key
            if secret == MASK:
                continue
            self.env["crm.dealership.credential"]._store_secret(dealership, secret)
            dealership.sudo().has_api_key = bool(secret)
        # Nothing may keep the clear text, not even the cache of this transaction.
        self.invalidate_recordset(["odoo_api_key"])

    @api.depends("product_ids.missing")
    def _compute_missing_product_count(self):
        counts = dict(
            self.env["crm.dealer.product"]._read_group(
                [("dealership_id", "in", self.ids), ("missing", "=", True)],
                ["dealership_id"],
                ["__count"],
            )
        )
        for dealership in self:
            dealership.missing_product_count = counts.get(dealership, 0)

    @api.depends("push_ids.state")
    def _compute_health(self):
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        self.env["crm.dealer.push.event"].flush_model()
        self.env["crm.dealer.push"].flush_model()
        self.env.cr.execute(
            """
            SELECT push.dealership_id,
                   max(event.create_date) FILTER (WHERE event.kind = 'made'),
                   count(*) FILTER (
                       WHERE event.kind IN ('failed', 'lost')
                         AND event.create_date >= %s
                   ),
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY event.seconds)
                       FILTER (WHERE event.kind = 'made' AND event.seconds > 0)
              FROM crm_dealer_push_event AS event
              JOIN crm_dealer_push AS push ON push.id = event.push_id
             WHERE push.dealership_id IN %s
             GROUP BY push.dealership_id
            """,
            (today, tuple(self.ids) or (0,)),
        )
        health = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        waiting = dict(
            self.env["crm.dealer.push"]
            .sudo()
            ._read_group(
                [
                    ("dealership_id", "in", self.ids),
                    ("state", "in", ("queued", "sending", "unknown", "created")),
                ],
                ["dealership_id"],
                ["__count"],
            )
        )
        for dealership in self:
            success, failures, median = health.get(dealership.id, (False, 0, 0.0))
            dealership.last_success_on = success
            dealership.failures_today = failures
            dealership.median_seconds = median or 0.0
            dealership.waiting_count = waiting.get(dealership.sudo(), 0)

    # ------------------------------------------------------------
    # CONSTRAINTS AND CRUD
    # ------------------------------------------------------------

    @api.constrains("odoo_url")
    def _check_odoo_url(self):
        """Accept addresses only that may be called.

        :raises ValidationError: with the reason
        """
        for dealership in self.filtered("odoo_url"):
            try:
                dealership._checked_url()
            except errors.AddressRefused as error:
                raise ValidationError(dealership._explain(error)) from None

    @api.constrains("manager_email")
    def _check_manager_email(self):
        """Accept one address only.

        :raises ValidationError: for several, or none
        """
        for dealership in self.filtered("manager_email"):
            if len(email_split(dealership.manager_email)) != 1:
                raise ValidationError(
                    _(
                        "%(mail)s is not one e-mail address.",
                        mail=dealership.manager_email,
                    )
                )

    @api.model
    def _get_guarded_fields(self):
        """The connection, for everyone who is not an administrator.

        :return: set of names of fields
        """
        guarded = super()._get_guarded_fields()
        if self.env.user.has_group("base.group_system"):
            return guarded
        return guarded | GUARDED_FIELDS

    def write(self, vals):
        """Change dealerships; another connection forgets what was learned."""
        if CONNECTION_FIELDS & set(vals):
            self._check_guarded_fields(vals)
            # Another address, another login: what was learned is no longer true.
            vals = {
                **vals,
                "odoo_uid": 0,
                "dealer_reference": False,
                "connection_state": "untested",
            }
        return super().write(vals)

    # ------------------------------------------------------------
    # CONNECTION
    # ------------------------------------------------------------

    def _checked_url(self):
        """The address, if it may be called.

        :return: URL, tidied
        :raises errors.AddressRefused: when they do not
        """
        hosts = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("crm_dealer_push.allowed_http_hosts")
        )
        return addresses.check_url(self.sudo().odoo_url, addresses.split_hosts(hosts))

    def _is_connected(self):
        """Whether the Odoo Connection tab is filled in.

        :return: bool
        """
        this = self.sudo()
        return bool(
            this.odoo_url
            and this.odoo_database
            and this.odoo_login
            and this.has_api_key
        )

    def _terms(self):
        """How this dealership wants its orders. Hook.

        :return: :class:`dealer.Terms`
        """
        return dealer.Terms(
            company=(self.dealer_company_name or "").strip(),
            pricelist=(self.dealer_pricelist_name or "").strip(),
            team=(self.dealer_team_name or "").strip(),
        )

    def _reference(self):
        """What was learned from the dealer, without products that are out of date.

        :return: :class:`dealer.Reference`
        """
        stored = json.loads(self.sudo().dealer_reference or "{}")
        learned_on = stored.pop("products_on", None)
        reference = dealer.Reference(**stored)
        limit = fields.Datetime.now() - timedelta(hours=PRODUCTS_FRESH_HOURS)
        if not learned_on or fields.Datetime.to_datetime(learned_on) < limit:
            reference.products = {}
        return reference

    @contextmanager
    def _connect(self, afresh=False):
        """Open a session at the dealer's Odoo, and remember what was learned there.

        :param afresh: forget what was learned before, and keep what is learned now in
            the caller's transaction instead of one of its own
        :return: context manager of a :class:`dealer.Dealer`
        :raises errors.AddressRefused: when our own rules forbid the address
        :raises errors.SecretUnreadable: when the key cannot be decrypted here
        """
        self.ensure_one()
        this = self.sudo()
        reference = dealer.Reference() if afresh else this._reference()
        uid = 0 if afresh else this.odoo_uid
        before = self._pack_reference(this, reference, uid)
        client = jsonrpc.JsonRpcClient(
            this._checked_url(),
            this.odoo_database,
            this.odoo_login,
            self.env["crm.dealership.credential"]._read_secret(this),
            uid=uid,
            verify_tls=this.verify_tls,
            timeout=this.timeout_seconds,
        )
        with client:
            dealer_api = dealer.Dealer(client, reference, this._terms())
            try:
                yield dealer_api
            finally:
                after = self._pack_reference(this, dealer_api.reference, client.uid)
                if afresh:
                    this.write(after)
                elif after != before:
                    with self._own_transaction() as env:
                        env[self._name].browse(self.id)._remember(after)

    def _pack_reference(self, this, reference, uid):
        """What was learned from the dealer, as it is stored.

        :param this: crm.dealership, elevated
        :param reference: :class:`dealer.Reference`
        :param int uid: the user's id at the dealer
        :return: dict with ``odoo_uid`` and ``dealer_reference`` (JSON)
        """
        stored = json.loads(this.dealer_reference or "{}")
        packed = dict(vars(reference))
        if packed["products"] != stored.get("products"):
            packed["products_on"] = fields.Datetime.to_string(fields.Datetime.now())
        else:
            packed["products_on"] = stored.get("products_on")
        return {"odoo_uid": uid, "dealer_reference": json.dumps(packed)}

    def _remember(self, values):
        """Store what was learned, without changing the record's last update.

        :param dict values: see ``_pack_reference``
        """
        if not self.exists():
            return
        # Only a convenience: where another transaction writes it, learn it again.
        self.env.cr.execute(
            """
            UPDATE crm_dealership SET odoo_uid = %s, dealer_reference = %s
             WHERE id IN (
                   SELECT id FROM crm_dealership WHERE id = %s
                      FOR NO KEY UPDATE SKIP LOCKED
             )
            """,
            (values["odoo_uid"], values["dealer_reference"], self.id),
        )
        self.invalidate_recordset(["odoo_uid", "dealer_reference"])

    @contextmanager
    def _own_transaction(self):
        """A superuser environment whose changes are committed in any case."""
        with self.env["crm.dealer.push"]._own_transaction() as env:
            yield env

    def _note_connection(self, results):
        """Take over what a delivery says about the connection.

        :param results: iterable of orders and :class:`errors.DealerError`
        """
        self.ensure_one()
        results = list(results)
        failed = [one for one in results if isinstance(one, errors.DealerError)]
        state = None
        if len(failed) < len(results):
            state = "ok"
        elif failed and all(one.kind in CONNECTION_ERRORS for one in failed):
            state = "failed"
        if not state or state == self.sudo().connection_state:
            return
        with self._own_transaction() as env:
            # Only a convenience: when another transaction writes the record, leave it.
            env.cr.execute(
                """
                UPDATE crm_dealership SET connection_state = %s
                 WHERE id IN (
                       SELECT id FROM crm_dealership WHERE id = %s
                          FOR NO KEY UPDATE SKIP LOCKED
                 )
                """,
                (state, self.id),
            )
        self.invalidate_recordset(["connection_state"])

    def _check_manager(self):
        """Refuse everyone but sales managers and administrators.

        :raises AccessError: for the others
        """
        if not self.env.su and not (
            self.env.user.has_group("sales_team.group_sale_manager")
            or self.env.user.has_group("base.group_system")
        ):
            raise AccessError(_("Only sales managers and administrators may do this."))
