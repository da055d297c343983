"""What has to go before Odoo removes the addon's records."""

from odoo.addons.crm_reseller_base.hooks import release_activities


def uninstall_hook(env):
    """Let the types of activities go, open ones among them.

    :param env: environment of the superuser
    """
    release_activities(env, "crm_reseller_resource")
