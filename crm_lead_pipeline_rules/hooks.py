"""What the addon does once, when it is installed."""


def post_init_hook(env):
    """Give a new database our stages, and every database a Lost stage.

    :param env: environment of the superuser
    """
    env["crm.stage"]._set_up_pipeline()


def uninstall_hook(env):
    """Leave to the database what its leads refer to.

    :param env: environment of the superuser
    """
    env["crm.stage"]._keep_records_in_use()
