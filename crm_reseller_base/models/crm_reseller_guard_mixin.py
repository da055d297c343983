from odoo import _, models
from odoo.exceptions import AccessError

from ..compat import has_access


class CrmResellerGuardMixin(models.AbstractModel):
    """For models whose forms answer only users who could open them.

    ``onchange`` computes values for a record that does not exist yet, and Odoo 17 does
    not check access rights before.
    """

    _name = "crm.reseller.guard.mixin"
    _description = "Forms for Users with Access Rights"

    def onchange(self, values, field_names, fields_spec):
        """Compute the values of a form, for users who could save it.

        :param dict values: values of the form
        :param list field_names: names of the changed fields
        :param dict fields_spec: what is asked for
        :return: see ``web``
        :raises AccessError: where the user may neither create nor read such records
        """
        allowed = has_access(self, "write" if self else "create")
        if not allowed and not (self and has_access(self, "read")):
            raise AccessError(
                _("You do not have access to %(name)s.", name=self._description)
            )
        return super().onchange(values, field_names, fields_spec)
