"""The reseller accepts a lead, says that all is open, and reports a result."""

from __future__ import annotations


def main(env, lead, company, user, outcome):
    """Report ``won`` or ``lost``; return the lead's probability."""
    lead = env["crm.lead"].browse(lead)
    lead.assign_to_reseller(env["res.partner"].browse(company))
    mine = lead.with_user(user).sudo()
    mine.reseller_accept()
    mine._reseller_update({"probability": 0.0, "expected_revenue": 900.0})
    reason = None
    if outcome == "lost":
        reason = env["crm.lost.reason"].search([], limit=1)
    mine._reseller_report_outcome(outcome, reason, "PO-9")
    return lead.probability
