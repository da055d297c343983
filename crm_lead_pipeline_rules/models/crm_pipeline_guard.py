from odoo import models

from ..compat import check_access


class CrmPipelineGuard(models.AbstractModel):
    """Forms answer those only who may use them.

    Up to Odoo 18 ``onchange`` has no access check of its own: any signed-in user could
    let it compute the fields of a new record.
    """

    _name = "crm.pipeline.guard"
    _description = "Access Check of Forms"

    def onchange(self, values, *args, **kwargs):
        """Compute a form's fields for those who may create or change such a record.

        :param dict values: what the form holds
        :param args: the rest as Odoo's ``onchange`` takes it
        :param kwargs: likewise
        :return: what Odoo's ``onchange`` returns
        :raises AccessError: for everyone else
        """
        check_access(self, "write" if self.ids else "create")
        self._check_form_values(values)
        return super().onchange(values, *args, **kwargs)

    def _check_form_values(self, values):
        """Refuse records that the user may not read. Hook.

        :param dict values: what the form holds
        :raises AccessError: when one of them is out of the user's sight
        """
