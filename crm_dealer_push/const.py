"""Names and numbers more than one model needs."""

# What a person writes into, or reads from, a field that hides a secret.
MASK = "********"

# First half of the advisory lock of a lead under way; the second is the lead's id.
LOCK_SPACE = 0x50555348

# Waiting longer than this for a lock is a fault.
OWN_TRANSACTION_LOCK_TIMEOUT = "10s"

# Attempts that were cut off are looked at after so many minutes.
RECONCILE_AFTER_MINUTES = 10
# An order whose answer was lost may still appear for so many hours.
APPEAR_WITHIN_HOURS = 24

# An order made so much before we first asked for it is not the one we asked for. The
# clocks of two servers may differ.
CLOCKS_DIFFER_MINUTES = 60

# Queued orders: minutes before the next attempt; the last value repeats.
BACK_OFF_MINUTES = (1, 2, 5, 15, 30, 60, 120, 360)
MAX_ATTEMPTS = 20

# What was learned about a dealer's products is used for so many hours.
PRODUCTS_FRESH_HOURS = 12

# Orders handled in one transaction, and asked for in one call.
BATCH = 100

# An order is read back until it is delivered or cancelled, or for so many days.
READ_BACK_DAYS = 365

ORDER_STATES = [
    ("draft", "Quotation"),
    ("sent", "Quotation Sent"),
    ("sale", "Sales Order"),
    ("done", "Locked"),
    ("cancel", "Cancelled"),
    # ours: the dealer's Odoo has no such state
    ("gone", "No Longer There"),
]

# The states of a ``crm.dealer.push`` and what may be done in them.
ALL_STATES = (
    "queued",
    "sending",
    "unknown",
    "created",
    "done",
    "failed",
    "cancelled",
)
# *Try Again* is offered.
RETRYABLE_STATES = ("queued", "failed", "unknown")
# Reconciliation closes these.
UNRECONCILED_STATES = ("sending", "unknown", "created", "done")
# The order was wanted once; it is not being worked on.
RELEASED_STATES = ("unknown", "created", "failed", "cancelled")
