"""Enter the connection of the demo dealership."""


def main(env, arguments):
    """Write the connection, and allow plain http towards this machine.

    :param env: environment of the channel's database
    :param arguments: ``url``, ``database``, ``login`` and ``api_key``
    """
    env["ir.config_parameter"].sudo().set_param(
        "crm_dealer_push.allowed_http_hosts", "127.0.0.1,localhost"
    )
    env.ref("crm_dealer_push.demo_dealership").write(
        {
            "odoo_url": arguments["url"],
            "odoo_database": arguments["database"],
            "odoo_login": arguments["login"],
            "odoo_api_key": arguments["api_key"],
        }
    )
