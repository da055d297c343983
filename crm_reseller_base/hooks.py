"""What happens when the addon goes."""

ADDON = "crm_reseller_base"


def release_activities(env, addon):
    """Remove the activities of an addon's types: types in use could not be deleted.

    :param env: the superuser's environment
    :param str addon: name of the addon that goes
    """
    types = env["ir.model.data"].search(
        [("module", "=", addon), ("model", "=", "mail.activity.type")]
    )
    env["mail.activity"].with_context(active_test=False).search(
        [("activity_type_id", "in", types.mapped("res_id"))]
    ).unlink()


def uninstall_hook(env):
    """Release what refers to the program's own records.

    Odoo deletes an addon's records before its tables. Levels that resellers have, or
    types of open activities, could not be deleted, and would be left behind.

    :param env: the superuser's environment
    """
    release_activities(env, ADDON)
    env["ir.config_parameter"].search([("key", "=like", f"{ADDON}.%")]).unlink()
    env.flush_all()
    env.cr.execute("DELETE FROM crm_reseller_offer")
    env.cr.execute("DELETE FROM crm_reseller_assignment_run")
    env.cr.execute(
        "UPDATE crm_lead SET reseller_id = NULL WHERE reseller_id IS NOT NULL"
    )
    env.cr.execute(
        "UPDATE res_partner SET reseller_level_id = NULL, "
        "reseller_activation_id = NULL, reseller_direction_id = NULL, "
        "reseller_type_id = NULL WHERE reseller_level_id IS NOT NULL "
        "OR reseller_activation_id IS NOT NULL OR reseller_direction_id IS NOT NULL "
        "OR reseller_type_id IS NOT NULL"
    )
    env.invalidate_all()
