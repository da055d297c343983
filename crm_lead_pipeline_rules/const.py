"""Names shared by the models of this addon."""

# Callers may send this one. It is honoured for few, see
# ``crm.lead._skips_stage_check``.
SKIP_STAGE_CHECK = "skip_stage_transition_check"

# Any client can send a context key over RPC. Those of our own code are known by this
# object's identity, which no client can send.
INTERNAL_CALL = object()
MERGING = "pipeline_merging"
CLOSING = "pipeline_closing"

# What a move or a loss is judged by.
JUDGED_FIELDS = {"stage_id", "team_id", "lost_reason_id", "active", "probability"}

# How many leads an error names before it goes on with a number.
NAMED_LEADS = 10

# What a call is filtered and grouped by, as its lead has it.
LEAD_FACTS = ("team_id", "partner_id", "company_id")

REASON_OTHER = "crm_lead_pipeline_rules.lost_reason_other"
