"""Objects in the context: any RPC client can send a flag, none can send these."""

#: in ``reseller_sync``: the write brings a lead in step with its offers
RESELLER_SYNC = object()

#: in ``reseller_no_notice``: no one is notified of the new offers (imports)
NO_NOTICE = object()

#: the longest text a person can send with an answer
MAX_TEXT = 2000
