"""What differs between the Odoo series, one named function each."""


def get_all_groups_field(users):
    """The name of the field that holds the groups of a user, implied ones too.

    :param users: recordset of res.users
    :return: name of a field
    """
    # implied groups have a field of their own from Odoo 19 on
    return "all_group_ids" if "all_group_ids" in users._fields else "groups_id"
