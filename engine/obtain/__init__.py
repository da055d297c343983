"""Obtain what a bare machine lacks: Python packages, and an Odoo. See README.md."""
