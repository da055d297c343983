"""What happens when the addon is uninstalled."""

from .models.crm_reseller_alert import DUE, IDLE, RESELLER, STALLED

DISPUTE = "crm_reseller_performance.mail_activity_type_dispute"


def uninstall_hook(env):
    """Remove alerts and proposed levels, and set every performance factor back to 1.

    A type of activity that is in use cannot be deleted. Without this addon the factors
    would never change again; 0 is kept, for it was typed to keep leads away.

    :param env: the superuser's environment
    """
    # what watches offers and leads must not outlive what it tells
    env["crm.reseller.fact"]._drop_tables()
    # a level that was proposed could not be deleted
    env.flush_all()
    env.cr.execute("DELETE FROM crm_reseller_level_review")
    env.invalidate_all()
    types = env["mail.activity.type"]
    for name in (STALLED, IDLE, DUE, RESELLER, DISPUTE):
        types |= env.ref(name, raise_if_not_found=False) or types
    env["mail.activity"].with_context(active_test=False).search(
        [("activity_type_id", "in", types.ids)]
    ).unlink()
    env["res.partner"].with_context(active_test=False, mail_notrack=True).search(
        [
            ("reseller_level_id", "!=", False),
            ("reseller_performance_factor", "not in", (0, 1)),
        ]
    ).reseller_performance_factor = 1
