import json
import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import email_split, html_escape

from ..const import MASK, PRODUCTS_FRESH_HOURS
from ..lib import addresses, dealer, errors, jsonrpc, logs

_logger = logging.getLogger(__name__)

# before anybody can type one
logs.hide_keys()

CONNECTION_FIELDS = frozenset(
    {"odoo_url", "odoo_database", "odoo_login", "odoo_api_key", "verify_tls"}
)


class CrmDealership(models.Model):
    _name = "crm.dealership"
    _description = "Dealership"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", "Contact", check_company=True)
    manager_name = fields.Char()
    manager_email = fields.Char(
        help="Receives a mail for each new order. Without it nobody is told."
    )

    # The connection: what is said here decides who receives the key, so nobody but an
    # administrator may read or write it.
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
        "Timeout (Seconds)", default=20, groups="base.group_system"
    )
    odoo_uid = fields.Integer(
        "User at the Dealer", readonly=True, groups="base.group_system", copy=False
    )
    dealer_reference = fields.Text(
        "Learned from the Dealer", readonly=True, groups="base.group_system", copy=False
    )
    # "." is the group nobody belongs to
    credential_ids = fields.One2many(
        "crm.dealership.credential", "dealership_id", groups=".", copy=False
    )

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

    # ------------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------------

    @api.depends("credential_ids")
    def _compute_odoo_api_key(self):
        with_key = self.sudo().filtered("credential_ids")
        for dealership in self:
            dealership.odoo_api_key = MASK if dealership.sudo() in with_key else False

    def _inverse_odoo_api_key(self):
        for dealership in self:
            secret = dealership.odoo_api_key
            if secret == MASK:
                continue
            credentials = dealership.sudo().credential_ids
            if not secret:
                credentials.unlink()
            elif credentials:
                credentials.secret = secret
            else:
                credentials.create({"dealership_id": dealership.id, "secret": secret})
        # Nothing may keep the clear text, not even the cache of this transaction.
        self.invalidate_recordset(["odoo_api_key", "credential_ids"])

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

    # ------------------------------------------------------------------
    # CONSTRAINTS AND CRUD
    # ------------------------------------------------------------------

    @api.constrains("odoo_url")
    def _check_odoo_url(self):
        for dealership in self.filtered("odoo_url"):
            try:
                dealership._checked_url()
            except errors.AddressRefused as error:
                raise ValidationError(dealership._explain(error)) from None

    @api.constrains("manager_email")
    def _check_manager_email(self):
        for dealership in self.filtered("manager_email"):
            if len(email_split(dealership.manager_email)) != 1:
                raise ValidationError(
                    _(
                        "%(mail)s is not one e-mail address.",
                        mail=dealership.manager_email,
                    )
                )

    def write(self, vals):
        if CONNECTION_FIELDS & set(vals):
            # Another address, another login: what was learned is no longer true.
            vals = {
                **vals,
                "odoo_uid": 0,
                "dealer_reference": False,
                "connection_state": "untested",
            }
        return super().write(vals)

    # ------------------------------------------------------------------
    # THE DOOR OUT
    # ------------------------------------------------------------------

    def _checked_url(self):
        """The address, if our rules allow to speak to it.

        :raises errors.AddressRefused: when they do not
        """
        hosts = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("crm_dealer_push.allowed_http_hosts")
        )
        return addresses.check_url(self.sudo().odoo_url, addresses.split_hosts(hosts))

    def _is_connected(self):
        """Whether the Odoo Connection tab is filled in."""
        this = self.sudo()
        return bool(
            this.odoo_url
            and this.odoo_database
            and this.odoo_login
            and this.credential_ids
        )

    def _terms(self):
        """How this dealership wants its orders. Hook."""
        return dealer.Terms(
            company=(self.dealer_company_name or "").strip(),
            pricelist=(self.dealer_pricelist_name or "").strip(),
            team=(self.dealer_team_name or "").strip(),
        )

    def _reference(self):
        """What was learned from the dealer, as far as it is still believed."""
        stored = json.loads(self.sudo().dealer_reference or "{}")
        learned_on = stored.pop("products_on", None)
        reference = dealer.Reference(**stored)
        limit = fields.Datetime.now() - timedelta(hours=PRODUCTS_FRESH_HOURS)
        if not learned_on or fields.Datetime.to_datetime(learned_on) < limit:
            reference.products = {}
        return reference

    @contextmanager
    def _connect(self, afresh=False):
        """Open the one door to the dealer's Odoo, and remember what was learned there.

        :param afresh: forget what was learned before, and keep what is learned now in
            the caller's transaction instead of one of its own
        :raises errors.DealerError: when our own rules forbid the address
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
            this.credential_ids.secret,
            uid=uid,
            verify_tls=this.verify_tls,
            timeout=this.timeout_seconds,
        )
        with client:
            door = dealer.Dealer(client, reference, this._terms())
            try:
                yield door
            finally:
                after = self._pack_reference(this, door.reference, client.uid)
                if afresh:
                    this.write(after)
                elif after != before:
                    with self._own_transaction() as env:
                        env[self._name].browse(self.id)._remember(after)

    def _pack_reference(self, this, reference, uid):
        stored = json.loads(this.dealer_reference or "{}")
        packed = dict(vars(reference))
        if packed["products"] != stored.get("products"):
            packed["products_on"] = fields.Datetime.to_string(fields.Datetime.now())
        else:
            packed["products_on"] = stored.get("products_on")
        return {"odoo_uid": uid, "dealer_reference": json.dumps(packed)}

    def _remember(self, values):
        """Keep what was learned, without touching who changed the record when."""
        if not self.exists():
            return
        # Only a convenience: when somebody else writes the record, learn it again.
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
        """A superuser environment whose changes are committed whatever comes after."""
        with self.env["crm.dealer.push"]._own_transaction() as env:
            yield env

    # ------------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------------

    def _explain(self, error):
        """Say in a sentence what went wrong and what to do, without secrets. Hook."""
        self.ensure_one()
        values = {"dealership": self.display_name, "detail": error.detail}
        if error.kind == "address":
            return self._explain_address(values)
        if error.kind == "tls":
            return self._explain_tls(values)
        texts = {
            "unreachable": _(
                "%(dealership)s cannot be reached: nobody answers at its Odoo address. "
                "Check the address, or try again in a few minutes."
            ),
            "not_odoo": _(
                "Something answers at the address of %(dealership)s, but it is not an "
                "Odoo (%(detail)s). Check the address."
            ),
            "redirected": _(
                "The address of %(dealership)s leads on to %(detail)s, and credentials "
                "are not sent after it. Enter the final address."
            ),
            "database": _(
                "The Odoo of %(dealership)s has no database of the name entered. Check "
                "the database on the Odoo Connection tab."
            ),
            "credentials": _(
                "%(dealership)s does not accept the login and key. Check them on the "
                "Odoo Connection tab, or ask the dealer for a new API key."
            ),
            "rights": _(
                "The account at %(dealership)s lacks a right. Ask the dealer to let it "
                "create customers and sales orders. Its Odoo says: %(detail)s"
            ),
            "sales_missing": _(
                "The Sales app is not installed in the Odoo of %(dealership)s, or its "
                "account may not use it. Ask the dealer to install it and to give the "
                'account the right "Sales: All Documents".'
            ),
            "refused": _(
                "The Odoo of %(dealership)s refuses (%(detail)s). Correct the lead, or "
                "ask the dealer, then try again."
            ),
            "taken": _(
                "%(dealership)s has the order %(detail)s under this lead's number, for "
                "another customer or vehicle. So it is after a database was restored "
                "from a backup. Duplicate the lead and win the copy, and tell an "
                "administrator."
            ),
            "busy": _(
                "The Odoo of %(dealership)s was busy with the same records. Try again."
            ),
            "lost": _(
                "%(dealership)s received the request, but its answer did not arrive. "
                "Whether the order was made is found out by itself; pressing again "
                "makes no second order."
            ),
            "product": _(
                "%(dealership)s has no product with the internal reference %(detail)s. "
                "Ask the dealer to create it, or correct the vehicle model's code."
            ),
            "reference": _(
                "%(detail)s, named on the dealership, does not exist at "
                "%(dealership)s. Check company, pricelist and sales team, then "
                "test the connection."
            ),
            "currency": _(
                "%(dealership)s has no pricelist in %(detail)s. Ask the dealer for "
                "one, or leave the price to the dealer."
            ),
        }
        text = texts.get(error.kind) or _("%(dealership)s: %(detail)s")
        return text % values

    def _explain_address(self, values):
        texts = {
            "malformed": _(
                "The address of %(dealership)s is not of the form https://host."
            ),
            "credentials": _(
                "Take user and password out of the address of %(dealership)s; they "
                "have fields of their own."
            ),
            "http": _(
                "%(dealership)s must be spoken to over https. An administrator can "
                "allow plain http for single hosts in the settings of CRM."
            ),
            "metadata": _(
                "The address of %(dealership)s is one no dealer can have (link-local, "
                "multicast or a cloud's metadata service)."
            ),
        }
        return texts[values["detail"]] % values

    def _explain_tls(self, values):
        texts = {
            "authority": _(
                "The certificate of %(dealership)s is not signed by an authority this "
                "server trusts. Ask the dealer for one that is, or have the dealer's "
                "authority added to those this server trusts."
            ),
            "name": _(
                "The certificate of %(dealership)s is for another name. Enter the "
                "address it is for, or ask the dealer for a certificate of this one."
            ),
            "date": _(
                "The certificate of %(dealership)s is expired, or not valid yet. Ask "
                "the dealer to renew it."
            ),
            "bundle": _(
                "%(dealership)s was not asked: the file REQUESTS_CA_BUNDLE names on "
                "this server cannot be read. Ask who runs this server."
            ),
        }
        text = texts.get(values["detail"]) or _(
            "The encrypted connection to %(dealership)s could not be set up. Check "
            "address and port, or ask the dealer whether https works there."
        )
        return text % values

    # ------------------------------------------------------------------
    # TEST CONNECTION
    # ------------------------------------------------------------------

    def action_test_connection(self):
        """Try each step of the connection and write down what was found.

        :raises AccessError: for users who are neither administrator nor sales manager
        """
        self._check_manager()
        failing = self.browse()
        for dealership in self:
            steps = dealership._test_steps()
            good = self._went_well(steps)
            if not good:
                failing += dealership
            dealership.sudo().write(
                {
                    "connection_state": "ok" if good else "failed",
                    "last_test_on": fields.Datetime.now(),
                    "last_test_message": self._steps_to_html(steps),
                }
            )
        if failing:
            names = ", ".join(failing.mapped("display_name"))
            return self._toast_action(
                _("The connection does not work yet: %(names)s", names=names), "danger"
            )
        return self._toast_action(_("The connection works"), "success")

    def _check_manager(self):
        if not self.env.su and not (
            self.env.user.has_group("sales_team.group_sale_manager")
            or self.env.user.has_group("base.group_system")
        ):
            raise AccessError(_("Only sales managers and administrators may do this."))

    @staticmethod
    def _toast_action(title, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @staticmethod
    def _went_well(steps):
        """Whether no step failed; one that gives something to think about is no
        failure.
        """
        return all(good is not False for _text, good in steps)

    @staticmethod
    def _steps_to_html(steps):
        signs = {True: "✔", False: "✘", None: "⚠"}
        rows = "".join(
            f"<li>{signs[good]} {html_escape(text)}</li>" for text, good in steps
        )
        return f"<ul class='list-unstyled mb-0'>{rows}</ul>"

    def _test_steps(self):
        """Walk through the connection until a step fails.

        :return: list of pairs: sentence, and whether it went well; None for what is no
            failure and should be looked at
        """
        self.ensure_one()
        steps = []
        if not self._is_connected():
            return [
                (
                    _("Address, database, login and API key must all be filled in."),
                    False,
                )
            ]
        try:
            # learn everything anew: this is the button for "something changed"
            with self._connect(afresh=True) as door:
                for check in (
                    self._test_reach,
                    self._test_sign_in,
                    self._test_sales,
                    self._test_terms,
                    self._test_products,
                    self._test_strays,
                ):
                    steps += check(door)
                    if not self._went_well(steps):
                        break
        except errors.TlsFailed as error:
            if not steps and error.detail != "bundle":
                steps.append((_("Reachable: somebody answers at the address."), True))
            steps.append((self._explain(error), False))
        except errors.DealerError as error:
            steps.append((self._explain(error), False))
        except UserError as error:
            steps.append((str(error), False))
        return steps

    def _test_reach(self, door):
        version = ".".join(map(str, door.version))
        steps = [(_("Reachable: an Odoo %(version)s answers.", version=version), True)]
        if self._checked_url().startswith("https"):
            verified = self.sudo().verify_tls
            text = (
                _("The connection is encrypted, the certificate is good.")
                if verified
                else _("The connection is encrypted, the certificate is not checked.")
            )
        else:
            text = _("The connection is not encrypted; this host is allowed to be so.")
        steps.append((text, True))
        if not dealer.OLDEST <= door.version <= dealer.NEWEST:
            steps.append((_("Odoo 14.0 to 19.0 are supported, not this one."), False))
        return steps

    def _test_sign_in(self, door):
        door.client.sign_in()
        return [(_("The database exists, and the account can sign in."), True)]

    def _test_sales(self, door):
        door.read_order_fields()
        steps = [(_("The Sales app is installed."), True)]
        for model, operation, text in (
            ("res.partner", "create", _("The account may create customers.")),
            ("sale.order", "create", _("The account may create sales orders.")),
            ("sale.order", "write", _("The account may change sales orders.")),
        ):
            if door.may(model, operation):
                steps.append((text, True))
            else:
                steps.append(
                    (
                        _(
                            "This right is missing, ask the dealer for it: %(right)s",
                            right=text,
                        ),
                        False,
                    )
                )
        return steps

    def _test_terms(self, door):
        door.read_terms()
        door.read_languages()
        known = door.reference
        steps = []
        for name, ids, text in (
            (door.terms.company, known.companies, _("Company")),
            (door.terms.pricelist, known.pricelists, _("Pricelist")),
            (door.terms.team, known.teams, _("Sales team")),
        ):
            if name and name in ids:
                steps.append((_("%(what)s: %(name)s.", what=text, name=name), True))
            elif name:
                steps.append(
                    (
                        _(
                            "%(what)s %(name)s does not exist there. There are: "
                            "%(names)s",
                            what=text,
                            name=name,
                            names=", ".join(sorted(ids)[:20]) or "-",
                        ),
                        False,
                    )
                )
        return steps

    def _test_products(self, door):
        models_ = self.env["crm.vehicle.model"].sudo().search([("active", "=", True)])
        found = door.read_products(models_.mapped("default_code")) if models_ else {}
        self._write_products(found, models_)
        missing = [code for code in models_.mapped("default_code") if code not in found]
        if missing:
            # A missing model stops only the leads that want it.
            text = _(
                "%(found)s of %(all)s vehicle models are there. Missing: %(codes)s",
                found=len(found),
                all=len(models_),
                codes=", ".join(sorted(missing)),
            )
            return [(text, None)]
        return [(_("All %(all)s vehicle models are there.", all=len(models_)), True)]

    def _test_strays(self, door):
        """Tell of orders no attempt of ours knows: of a database that was restored."""
        push = self.env["crm.dealer.push"].sudo()
        there = door.find_strays(push._key_prefix())
        known = push.search([("key", "in", list(there))]).mapped("key")
        names = [name for key, name in there.items() if key not in set(known)]
        if not names:
            return []
        text = _(
            "Orders there carry numbers of leads of this database, which knows nothing "
            "of them: %(names)s. So it is after this database was restored from a "
            "backup. Agree with the dealer on what becomes of them.",
            names=", ".join(names[:20] + ["…"] * (len(names) > 20)),
        )
        return [(text, None)]

    def _write_products(self, found, vehicle_models):
        """Bring the table of vehicle models at this dealer up to date."""
        self.ensure_one()
        now = fields.Datetime.now()
        known = {line.vehicle_model_id: line for line in self.sudo().product_ids}
        new = []
        for model in vehicle_models:
            values = {
                "dealer_product_id": found.get(model.default_code, 0),
                "missing": model.default_code not in found,
                "checked_on": now,
            }
            if model in known:
                known[model].write(values)
            else:
                new.append(
                    {
                        **values,
                        "dealership_id": self.id,
                        "vehicle_model_id": model.id,
                    }
                )
        self.env["crm.dealer.product"].sudo().create(new)
