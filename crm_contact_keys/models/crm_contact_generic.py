from collections import defaultdict

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from ..lib.generic import Generic
from ..lib.phones import read_number
from ..lib.texts import domain_of, normalise_emails

CUSTOMERS_OF_A_GENERIC_ADDRESS = 3


class CrmContactGeneric(models.Model):
    """Addresses, domains and numbers that say nothing about who a customer is."""

    _name = "crm.contact.generic"
    _inherit = "crm.contact.guard"
    _description = "Generic Address"
    _order = "kind, name"

    name = fields.Char("Address or Domain", required=True, index=True)
    kind = fields.Selection(
        [
            ("address", "E-mail Address"),
            ("mailbox", "Part before the @"),
            ("domain", "All Addresses of a Domain"),
            ("provider", "Free Mail Provider"),
            ("phone", "Phone Number"),
        ],
        required=True,
        default="address",
        help="A free mail provider's addresses do identify a person; only its domain "
        "does not identify a company.",
    )
    origin = fields.Selection(
        [
            ("shipped", "Shipped"),
            ("manual", "Added by Hand"),
            ("automatic", "Found Automatically"),
        ],
        required=True,
        readonly=True,
        default="manual",
    )
    note = fields.Char(help="Why it is on the list.")
    active = fields.Boolean(default=True)

    _sql_constraints = [
        ("name_uniq", "UNIQUE(kind, name)", "This address is on the list already."),
    ]

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([self._normalise(vals) for vals in vals_list])
        self._forget_lists()
        return records

    def write(self, vals):
        if "name" in vals:
            kind = vals.get("kind") or self[:1].kind
            vals = dict(vals, name=self._normalise({**vals, "kind": kind})["name"])
        result = super().write(vals)
        self._forget_lists()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_lists()
        return result

    @api.constrains("name", "kind")
    def _check_name(self):
        """Accept entries only that could be normalized.

        :raises ValidationError: for others
        """
        for record in self:
            if not record.name:
                raise ValidationError(_("This is not an address of the chosen kind."))

    @api.model
    def _normalise(self, vals):
        """Write names as they are compared.

        :param dict vals: values of a record
        :return: the same, with a normalised ``name`` where there is one
        :raises ValidationError: when the name is none of its kind
        """
        if "name" not in vals:
            return vals
        kind, text = vals.get("kind", "address"), (vals["name"] or "").strip().lower()
        if kind == "address":
            name = next(iter(normalise_emails(text)), "")
        elif kind == "phone":
            code = self.env.company.country_id.code or ""
            name = read_number(text, code) or text
        elif kind == "mailbox":
            name = text.rstrip("@")
        else:
            name = domain_of(text)
        if not name:
            raise ValidationError(
                _('"%(name)s" is not an address of the chosen kind.', name=vals["name"])
            )
        return dict(vals, name=name)

    def _forget_lists(self):
        """Read the lists again the next time, in every worker."""
        self.env.registry.clear_cache()

    # ------------------------------------------------------------
    # Questions
    # ------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _get_generic(self):
        """All active entries, as they are asked.

        :return: ``lib.generic.Generic``
        """
        names = defaultdict(set)
        for record in self.sudo().search([("active", "=", True)]):
            names[record.kind].add(record.name)
        return Generic(names)

    # ------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------

    @api.model
    def _learn(self, customers_by_key):
        """Put what several customers share on the list.

        :param dict customers_by_key: for each ``email:…`` or ``phone:…`` the set of
            normalised names of the customers it was used by
        :return: the new records; an archived entry stays archived
        """
        wanted = {}
        for key, names in customers_by_key.items():
            kind, __, value = key.partition(":")
            if len(names) >= CUSTOMERS_OF_A_GENERIC_ADDRESS:
                wanted["address" if kind == "email" else kind, value] = len(names)
        if not wanted:
            return self.browse()
        present = {
            (record.kind, record.name)
            for record in self.sudo()
            .with_context(active_test=False)
            .search([("name", "in", [name for __, name in wanted])])
        }
        note = _("Used by %(count)s different customers.")
        return self.sudo().create(
            [
                {
                    "kind": kind,
                    "name": name,
                    "origin": "automatic",
                    "note": note % {"count": count},
                }
                for (kind, name), count in wanted.items()
                if (kind, name) not in present
            ]
        )
