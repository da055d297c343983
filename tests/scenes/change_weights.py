"""A manager changes a level's weight, and one reseller's own."""

from __future__ import annotations


def main(env):
    """Set both; returns nothing."""
    env["crm.reseller.level"].search([("name", "=", "Gold")]).weight = 8
    env["res.partner"].search([("name", "=", "Over")]).reseller_weight = 3
