"""Words that several files of the addon share."""

STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("returned", "More Information Wanted"),
    ("qualified", "Qualified"),
    ("rejected", "Rejected"),
    ("expired", "Expired"),
    ("withdrawn", "Withdrawn"),
]
PROTECTIONS = [
    ("none", "Not Protected"),
    ("provisional", "Provisional"),
    ("granted", "Protected"),
    ("lapsed", "Lapsed"),
]
# what a reseller reads at once about the customer; no answer names anyone
ANSWERS = [
    ("free", "Free"),
    ("protected", "Protected for Another Reseller"),
    ("known", "Known to Our Team"),
    ("yours", "Registered by This Reseller Already"),
]
# mails to the reseller's people: one template for each
MAILS = (
    "draft",
    "received",
    "returned",
    "reminder",
    "expired",
    "qualified",
    "rejected",
    "provisional",
    "expiring",
    "lapsed",
    "extension",
    "moved",
)
# states in which a registration waits for somebody
OPEN_STATES = ("submitted", "returned")
# a customer belongs to one registration while that is true of it
PROTECTED = ("provisional", "granted")
# what counts as work on a protected deal; see ``crm.lead._on_reseller_work``
# (of steps only those that were finished count, see ``_reseller_finish_step``)
WORK_KINDS = frozenset({"note", "document", "milestone", "quote"})
