"""Some packages of Odoo lack a file that its mail addon asks for.

The browser then prints an error on every page, which fails every tour of Odoo's own.
"""

from __future__ import annotations

PATH = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def main(env):
    """Take the file out of the backend's scripts where it is missing."""
    from odoo.tools import file_path

    try:
        file_path(PATH)
    except FileNotFoundError:
        env["ir.asset"].create(
            {
                "name": "Missing library",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": PATH,
            }
        )
