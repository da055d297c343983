from odoo import models

from odoo.addons.crm_reseller_base.compat import check_access


class Base(models.AbstractModel):
    _inherit = "base"

    def onchange(self, values, field_names, fields_spec):
        """Answer only users who could save what they ask about.

        Up to Odoo 18 ``onchange`` checks nothing: with values of one's own choice, a
        new record shows what its computed and related fields find as superuser.

        :param dict values: the values of the form
        :param list field_names: the fields that changed
        :param dict fields_spec: the fields to return
        :return: see ``web``
        :raises AccessError: see ``_check_onchange_access``
        """
        self._check_onchange_access()
        return super().onchange(values, field_names, fields_spec)

    def _check_onchange_access(self):
        """Check the right to create or write before a form may ask for values.

        It is checked for shared users on all models, and for all users on leads and
        the models of the reseller program.

        :raises AccessError: for a user who could not save the form
        """
        if self.env.su or self._is_onchange_open():
            return
        # every addon of the program is called so
        program = (self._original_module or "").startswith("crm_reseller_")
        ours = self._name == "crm.lead" or program
        if ours or self.env.user.share:
            check_access(self, "write" if self else "create")

    def _is_onchange_open(self):
        """Whether ``onchange`` answers everyone on these records. Hook.

        :return: whether nothing is checked; by default for existing users alone, who
            may change some fields of their own without the right to write
        """
        return bool(self) and self._name == "res.users"
