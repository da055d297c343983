"""The vehicles the channel sells, by their codes."""


def main(env, arguments):
    """Return name, code and list price of every vehicle model that has a code."""
    vehicles = env["crm.vehicle.model"].search([("default_code", "!=", False)])
    return vehicles.read(["name", "default_code", "list_price"], load=None)
