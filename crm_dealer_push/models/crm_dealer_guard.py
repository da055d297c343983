from odoo import _, api, models
from odoo.exceptions import AccessError

from .. import compat


class CrmDealerGuard(models.AbstractModel):
    """Guards of the models of this addon that hold for every client.

    * ``onchange`` answers only those who could create or change the record.
    * :meth:`_get_guarded_fields` cannot be set, however a value comes in:
      ``create``, ``write``, import, copies, one2many commands, defaults of the context
      and defaults a user saved.
    """

    _name = "crm.dealer.guard"
    _description = "Guard of Dealer Data"
    # Whether ``onchange`` is guarded; off on models of other addons.
    _guard_onchange = True

    @api.model
    def _get_guarded_fields(self):
        """Names of the fields the current user must not set. Hook.

        :return: set of field names
        """
        return set()

    def onchange(self, *args, **kwargs):
        """As in Odoo, for those who may create or change the record.

        :param args: see Odoo, passed on
        :param kwargs: see Odoo, passed on
        :return: what ``super`` returns
        :raises AccessError: for everyone else
        """
        if self._guard_onchange and not self.env.su:
            compat.check_access(self, "write" if self else "create")
        return super().onchange(*args, **kwargs)

    @api.model
    def default_get(self, fields_list):
        """As in Odoo; guarded fields have the default of their definition only.

        :param fields_list: names of fields
        :return: dictionary of values by field name
        """
        values = super().default_get(fields_list)
        for name in self._get_guarded_fields() & values.keys():
            default = self._fields[name].default
            if default:
                values[name] = default(self)
            else:
                del values[name]
        return values

    @api.model_create_multi
    def create(self, vals_list):
        """Create records, without guarded fields."""
        for vals in vals_list:
            self._check_guarded_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Change records, except for guarded fields."""
        self._check_guarded_fields(vals)
        return super().write(vals)

    def _check_guarded_fields(self, vals):
        """Refuse values of fields the current user must not set.

        :param vals: dictionary of values by field name
        :raises AccessError: naming the fields
        """
        names = self._get_guarded_fields() & vals.keys()
        if names and not self.env.su:
            labels = sorted(
                self._fields[name].get_description(self.env)["string"] for name in names
            )
            raise AccessError(
                _("You are not allowed to set: %(fields)s", fields=", ".join(labels))
            )
