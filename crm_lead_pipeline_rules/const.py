"""Names shared by the models of this addon."""

# Context keys that callers may send. The first is honoured for few, see
# ``crm.lead._skips_stage_check``.
SKIP_STAGE_CHECK = "skip_stage_transition_check"
SKIP_INTAKE = "skip_lead_intake"

# Anybody can send a context key over RPC, so the doors that only our own code may open
# are told by this object's identity, which no client can send.
DOOR = object()
MERGING = "pipeline_merging"
CLOSING = "pipeline_closing"
MAIL_GATEWAY = "pipeline_mail_gateway"
WEBSITE_FORM = "pipeline_website_form"

# What a move or a loss is judged by.
JUDGED_FIELDS = {"stage_id", "team_id", "lost_reason_id", "active", "probability"}

# How many leads an error names before it goes on with a number.
NAMED_LEADS = 10
