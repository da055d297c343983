"""The suite measured against Odoo's own Resellers module, in one run; see README.md."""
