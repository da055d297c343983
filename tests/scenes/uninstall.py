"""Addons go, as an administrator lets them go."""

from __future__ import annotations


def main(env, names):
    """Uninstall the addons."""
    modules = env["ir.module.module"].search([("name", "in", names)])
    modules.button_immediate_uninstall()
