"""Make a stock Odoo a dealer's: a service account with an API key, and the vehicles."""

LOGIN = "channel.service"


def main(env, arguments):
    """Return the account's login and its fresh API key; older keys end."""
    account = service_account(env)
    add_products(env, arguments["vehicles"] or [])
    account.sudo().api_key_ids.unlink()
    keys = env["res.users.apikeys"].with_user(account).sudo()
    endless = [None] if "expiration_date" in keys._fields else []
    return {"login": LOGIN, "api_key": keys._generate("rpc", "Channel", *endless)}


def service_account(env):
    """The user the channel signs in as: sales orders and customers, nothing else."""
    users = env["res.users"].with_context(no_reset_password=True)
    groups_field = "group_ids" if "group_ids" in users._fields else "groups_id"
    groups = env.ref("sales_team.group_sale_salesman_all_leads")
    groups |= env.ref("base.group_partner_manager")
    account = users.search([("login", "=", LOGIN)]) or users.create(
        {
            "name": "Channel service account",
            "login": LOGIN,
            "email": "channel.service@dealer.example.com",
        }
    )
    account.write({groups_field: [(4, group.id) for group in groups]})
    return account


def add_products(env, vehicles):
    """Create the products whose code the dealer does not know yet."""
    products = env["product.template"]
    known = products.search([("default_code", "!=", False)]).mapped("default_code")
    products.create(
        [
            {
                "name": vehicle["name"],
                "default_code": vehicle["default_code"],
                "list_price": vehicle["list_price"],
                "type": "consu",
            }
            for vehicle in vehicles
            if vehicle["default_code"] not in known
        ]
    )
