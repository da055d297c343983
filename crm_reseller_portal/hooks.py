"""What has to go before Odoo removes the addon's records."""

from odoo.addons.crm_reseller_base.hooks import release_activities


def uninstall_hook(env):
    """Let milestones and types of activities go: leads and history refer to them.

    :param env: environment of the superuser
    """
    release_activities(env, "crm_reseller_portal")
    env.flush_all()
    env.cr.execute("UPDATE crm_lead SET reseller_milestone_id = NULL")
    env.cr.execute("DELETE FROM crm_reseller_progress")
    env.invalidate_all()
