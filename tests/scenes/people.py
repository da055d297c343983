"""Resellers and users, as most scenes need them."""

from __future__ import annotations


def make_reseller(env, name: str, **level):
    """A reseller with a level of its own.

    :param name: the name of the level; the company is called ``<name> Ltd``
    :param level: values of the level, such as ``can_convert=True``
    :return: the reseller's company, a ``res.partner`` record
    """
    made = env["crm.reseller.level"].create({"name": name, **level})
    return env["res.partner"].create(
        {"name": f"{name} Ltd", "is_company": True, "reseller_level_id": made.id}
    )


def make_user(env, login: str, *groups: str, company=None, **values):
    """A user whose password is the login.

    :param login: the login, and the name where ``values`` has none
    :param groups: external ids of the user's groups
    :param company: the company whose contact the user is, for users of the portal
    :param values: more values of the user
    :return: the ``res.users`` record
    """
    users = env["res.users"].with_context(no_reset_password=True)
    # the field is called so from Odoo 19 on
    field = "group_ids" if "group_ids" in users._fields else "groups_id"
    if company:
        values["partner_id"] = (
            env["res.partner"]
            .create(
                {
                    "name": values.pop("name", login),
                    "email": values.pop("email", f"{login}@example.com"),
                    "parent_id": company.id,
                }
            )
            .id
        )
    else:
        values = {"name": login, "email": f"{login}@example.com", **values}
    return users.create(
        {
            "login": login,
            "password": login,
            field: [(6, 0, [env.ref(group).id for group in groups])],
            **values,
        }
    )


def make_reseller_user(env, login: str, company, role: str = "user", **values):
    """A person of a reseller who signs in on the portal.

    :param role: ``user`` or ``supervisor``
    :param values: more values of the user
    :return: the ``res.users`` record
    """
    group = f"crm_reseller_portal.group_reseller_{role}"
    return make_user(env, login, group, company=company, **{"tz": "UTC", **values})


def make_leads(env, names, **values):
    """Leads of a customer who can be called.

    :param names: the name of each lead
    :param values: values they all have
    :return: ``crm.lead`` records, in the order of the names
    """
    customer = {
        "type": "lead",
        "contact_name": "Carla Customer",
        "partner_name": "Customer Inc",
        "phone": "+49 30 1234567",
        "city": "Berlin",
        "country_id": env.ref("base.de").id,
        **values,
    }
    return env["crm.lead"].create([{"name": name, **customer} for name in names])
