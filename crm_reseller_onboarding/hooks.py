"""What has to go before Odoo removes the addon's records."""

from odoo.addons.crm_reseller_base.hooks import release_activities


def uninstall_hook(env):
    """Let the types of activities go, open ones among them.

    Capacities that onboarding lowered are the normal ones again.

    :param env: environment of the superuser
    """
    release_activities(env, "crm_reseller_onboarding")
    # a step that is in use keeps its track, and a text that was accepted its agreement
    open_ones = env["crm.reseller.onboarding"].search([("state", "=", "open")])
    newcomers = open_ones.reseller_id
    env.flush_all()
    env.cr.execute("DELETE FROM crm_reseller_onboarding_progress")
    env.cr.execute("DELETE FROM crm_reseller_onboarding")
    env.cr.execute("DELETE FROM crm_reseller_agreement_acceptance")
    env.invalidate_all()
    # by itself: what else follows from the rows would be remembered by Odoo, and asked
    # for again when the fields are gone
    env.add_to_compute(newcomers._fields["reseller_capacity"], newcomers)
    env.flush_all()
