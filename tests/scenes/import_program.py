"""The import of Odoo's own Resellers, tried or done."""

from __future__ import annotations


def main(env, apply):
    """Return the import's report, line by line.

    :param apply: import; otherwise the preview alone
    """
    wizard = env["crm.reseller.import"].create({})
    if apply:
        wizard.action_apply()
    else:
        wizard.action_preview()
    assert wizard.state == ("done" if apply else "preview")
    return wizard._report_text().splitlines()
