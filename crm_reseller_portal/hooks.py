"""What has to go before Odoo removes the addon's records."""


def uninstall_hook(env):
    """Let the milestones go: leads and their history refer to them.

    :param env: environment of the superuser
    """
    env.flush_all()
    env.cr.execute("UPDATE crm_lead SET reseller_milestone_id = NULL")
    env.cr.execute("DELETE FROM crm_reseller_progress")
    env.invalidate_all()
