"""What differs between the Odoo series, one function each."""


def check_access(records, operation):
    """Check the rights and the record rules of the current user.

    :param records: recordset
    :param str operation: read, write, create or unlink
    :raises AccessError: where the user may not do it
    """
    if hasattr(records, "check_access"):  # 18 and later
        records.check_access(operation)
    else:
        records.check_access_rights(operation)
        records.check_access_rule(operation)


def has_access(records, operation):
    """Whether the current user has the rights and passes the record rules.

    :param records: recordset
    :param str operation: read, write, create or unlink
    :return: bool
    """
    if hasattr(records, "has_access"):  # 18 and later
        return records.has_access(operation)
    if not records.check_access_rights(operation, raise_exception=False):
        return False
    return not records or records == records._filter_access_rules(operation)


def get_all_groups_field(users):
    """The name of the field that holds the groups of a user, implied ones too.

    :param users: recordset of res.users
    :return: name of a field
    """
    # implied groups have a field of their own from Odoo 19 on
    return "all_group_ids" if "all_group_ids" in users._fields else "groups_id"


def users_with_group(env, group):
    """Users who have a group, given to them or by another group.

    :param env: environment to search in
    :param group: record of ``res.groups``
    :return: recordset of active ``res.users``
    """
    users = env["res.users"]
    return users.search([(get_all_groups_field(users), "in", group.ids)])
