"""Names shared by the models of this addon."""

# Callers may send this one: it makes a second lead on purpose.
SKIP_INTAKE = "skip_lead_intake"

# Any client can send a context key over RPC. Those of our own code are known by this
# object's identity, which no client can send.
INTERNAL_CALL = object()
MAIL_GATEWAY = "lead_intake_mail_gateway"
WEBSITE_FORM = "lead_intake_website_form"
# Contacts an import has made, by lead: a dictionary of lists of ids.
IMPORT_LOG = "lead_intake_import_log"
