"""What uninstalled addons left in the database."""

from __future__ import annotations


def main(env, names):
    """Return model and name of the first records registered under the addons' names."""
    data = env["ir.model.data"].search(
        [("module", "in", names)], order="model, name", limit=20
    )
    return [[record.model, record.name] for record in data]
