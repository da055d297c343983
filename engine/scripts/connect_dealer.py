"""Tell the demo dealership where its Odoo is."""


def main(env, arguments):
    """Write the connection, and allow plain http towards this machine."""
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
