"""What differs between the Odoo series this addon runs on."""


def check_access(records, operation):
    """Check access rights and record rules of the current user.

    Odoo 18 made one method of two.

    :param records: recordset of any model
    :param str operation: ``read``, ``write``, ``create`` or ``unlink``
    :raises AccessError: when the user may not do that
    """
    if hasattr(records, "check_access"):
        records.check_access(operation)
    else:
        records.check_access_rights(operation)
        records.check_access_rule(operation)
