"""What happens when the addon goes."""

from odoo.tools.sql import drop_index

from .models.crm_contact_key_mixin import get_email_index


def uninstall_hook(env):
    """Drop the indexes on columns that are not the addon's own.

    :param env: the superuser's environment
    """
    for model in env.values():
        if "contact_domain_key" in model._fields and model._auto:
            drop_index(env.cr, get_email_index(model._table), model._table)
