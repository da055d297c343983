"""What differs between the Odoo series this addon runs on."""

from odoo.tools import SQL


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


def team_field(stages):
    """The name of a stage's teams: at most one up to Odoo 18, several from then on.

    :param stages: recordset of ``crm.stage``
    :return: ``team_id`` or ``team_ids``
    """
    return "team_ids" if "team_ids" in stages._fields else "team_id"


def stage_teams_sql(stages):
    """A stage's teams in SQL.

    :param stages: recordset of ``crm.stage``
    :return: the expression for an array of team ids, and the join it needs
    """
    if team_field(stages) == "team_id":
        return SQL("ARRAY[stage.team_id]"), SQL()
    field = stages._fields["team_ids"]
    return SQL("rel.team_ids"), SQL(
        """
        LEFT JOIN LATERAL (
            SELECT ARRAY_AGG(%(team)s) AS team_ids FROM %(table)s
             WHERE %(stage)s = stage.id
        ) rel ON TRUE
        """,
        team=SQL.identifier(field.column2),
        table=SQL.identifier(field.relation),
        stage=SQL.identifier(field.column1),
    )


def archiving_is_losing(leads):
    """Whether an archived lead is a lost one: up to Odoo 17 there is one mark for both.

    :param leads: recordset of ``crm.lead``
    :return: boolean
    """
    return "won_status" not in leads._fields


def pls_arguments(domain):
    """Arguments of ``_pls_get_lead_pls_values``, which takes no domain on some series.

    :param list domain: the domain, or none
    :return: dictionary of keyword arguments
    """
    return {"domain": domain} if domain else {}


def is_before_18(env):
    """Whether web addresses keep the record in their hash, as up to Odoo 17.

    :param env: an environment
    :return: boolean
    """
    return not hasattr(env["base"], "check_access")
