"""For Odoo's shell: what the channel needs at a dealer's. It can be repeated.

PYTHONPATH names the folder of ``seed_dealer.py``, which `make run` uses for the same.
SERVICE_PASSWORD becomes the password of the account that sales orders are written with.
"""

import os

from seed_dealer import add_products, service_account

# The vehicle models of the demo data of crm_dealer_push.
VEHICLES = (
    ("EV-100", "EV 100 electric excavator", 124900),
    ("EV-200", "EV 200 electric wheel loader", 138500),
    ("TR-300", "TR 300 tilt rotator", 22000),
)


def seed(env):
    """Create what is missing, set the account's password, and commit."""
    service_account(env).password = os.environ["SERVICE_PASSWORD"]
    names = ("default_code", "name", "list_price")
    add_products(env, [dict(zip(names, vehicle, strict=True)) for vehicle in VEHICLES])
    env.cr.commit()  # Odoo's shell rolls back what is not committed


seed(env)  # noqa: F821  the shell's own
