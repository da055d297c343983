"""What differs between the Odoo series, one named function each."""


def check_access(records, operation):
    """Refuse users without this right on the model, or on one of the records.

    :param records: recordset; when empty only the right on the model is looked at
    :param operation: ``read``, ``write``, ``create`` or ``unlink``
    :raises AccessError: as Odoo itself words it
    """
    if hasattr(records, "check_access"):  # from 18.0 on
        records.check_access(operation)
        return
    records.check_access_rights(operation)
    if records:
        records.check_access_rule(operation)


def filter_readable(records):
    """Those of the records their user may read.

    :param records: any recordset
    :return: recordset, in the environment of ``records``
    """
    if hasattr(records, "_filtered_access"):  # from 18.0 on
        return records._filtered_access("read")
    if not records.check_access_rights("read", raise_exception=False):
        return records.browse()
    return records._filter_access_rules("read")


def users_with_group(env, group):
    """Users who have a group, given to them or by another group.

    :param env: environment to search in
    :param group: record of ``res.groups``
    :return: recordset of active ``res.users``
    """
    users = env["res.users"]
    name = "all_group_ids" if "all_group_ids" in users._fields else "groups_id"
    return users.search([(name, "in", group.ids)])


def get_mobile(record):
    """The mobile number of a lead or partner; the field is gone in 19.0.

    :param record: crm.lead or res.partner
    :return: text, empty for none
    """
    return ("mobile" in record._fields and record["mobile"]) or ""
