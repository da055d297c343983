from odoo import models

from ..compat import check_access


class CrmContactGuard(models.AbstractModel):
    """Forms answer those only who may use them.

    Up to Odoo 18 ``onchange`` has no access check of its own: any signed-in user could
    let it compute the fields of a new record.
    """

    _name = "crm.contact.guard"
    _description = "Access Check of Forms"

    def onchange(self, *args, **kwargs):
        """Compute a form's fields for those who may create or change such a record.

        :param args: as Odoo's ``onchange`` takes them
        :param kwargs: likewise
        :return: what Odoo's ``onchange`` returns
        :raises AccessError: for everyone else
        """
        check_access(self, "write" if self.ids else "create")
        return super().onchange(*args, **kwargs)
