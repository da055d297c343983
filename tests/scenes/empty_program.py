"""No resellers: demo data may have come along, and the program begins empty."""

from __future__ import annotations


def main(env):
    """Take the levels of all resellers away."""
    for reseller in env["res.partner"].search([("reseller_level_id", "!=", False)]):
        reseller.reseller_level_id = False
