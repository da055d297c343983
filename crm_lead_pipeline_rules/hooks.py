"""What the addon does once, when it is installed."""


def post_init_hook(env):
    """Give a fresh database our stages, and every database a Lost stage.

    :param env: elevated environment
    """
    env["crm.stage"]._set_up_pipeline()


def uninstall_hook(env):
    """Leave to the database what its leads refer to.

    :param env: elevated environment
    """
    env["crm.stage"]._keep_records_in_use()
