"""What differs between the Odoo series, one named function each."""


def check_access(records, operation):
    """Check the rights and record rules of the user on some records.

    :param records: recordset in the environment of the user
    :param str operation: ``read``, ``write``, ``create`` or ``unlink``
    :raises AccessError: when one of them may not be used so
    """
    if hasattr(records, "check_access"):  # from Odoo 18 on
        records.check_access(operation)
        return
    records.check_access_rights(operation)
    records.check_access_rule(operation)


def get_all_groups_field(users):
    """The name of the field that holds the groups of a user, implied ones too.

    :param users: recordset of res.users
    :return: name of a field
    """
    # implied groups have a field of their own from Odoo 19 on
    return "all_group_ids" if "all_group_ids" in users._fields else "groups_id"
