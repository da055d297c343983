"""Data as a company has them that used Odoo's own Resellers for a while."""

from __future__ import annotations

MODULE = "website_crm_partner_assign"


def main(env):
    """Make grades, partners and leads of the other module; returns nothing."""
    env = env(context={**env.context, "tracking_disable": True})
    activations = {
        name: env.ref(f"{MODULE}.res_partner_activation_data_{name}")
        for name in ("fully_operational", "first_contact")
    }
    grades = make_grades(env)
    make_leads(env, make_partners(env, grades, activations))


def make_grades(env):
    """Return the grades by their names; what the demo data weighs is forgotten."""
    env["res.partner"].search([("partner_weight", ">", 0)]).write(
        {"partner_weight": 0, "grade_id": False}
    )
    grades = env["res.partner.grade"]
    gold = grades.search([("name", "=", "Gold")], limit=1)
    gold.partner_weight = 5
    return {
        "gold": gold,
        "diamond": grades.create({"name": "Diamond", "partner_weight": 9}),
        "old": grades.create(
            {"name": "Old Guard", "partner_weight": 2, "active": False}
        ),
    }


def make_partners(env, grades, activations):
    """Return the partners by their names.

    :param grades: grades by name, see :func:`make_grades`
    :param activations: activations by the end of their external ids
    """

    def company(name, **values):
        return env["res.partner"].create({"name": name, "is_company": True, **values})

    plain = company(
        "Plain",
        grade_id=grades["gold"].id,
        activation=activations["fully_operational"].id,
        date_partnership="2021-05-04",
        date_review_next="2031-01-02",
    )
    over = company(
        "Over",
        grade_id=grades["diamond"].id,
        activation=activations["first_contact"].id,
    )
    over.partner_weight = 12
    idle = company("Idle", grade_id=grades["diamond"].id)
    idle.partner_weight = 0
    company("Veteran", grade_id=grades["old"].id)
    contact = env["res.partner"].create(
        {
            "name": "Contact",
            "parent_id": company("Parent").id,
            "grade_id": grades["gold"].id,
        }
    )
    company("Weight Only").partner_weight = 4
    return {
        "plain": plain,
        "over": over,
        "contact": contact,
        "stranger": company("Stranger"),
    }


def make_leads(env, partners):
    """Leads that wait, were converted, archived, refused and passed on.

    :param partners: partners by name, see :func:`make_partners`
    """
    plain, over = partners["plain"], partners["over"]

    def lead(name, assigned=None, declined=(), **values):
        return env["crm.lead"].create(
            {
                "name": name,
                "partner_assigned_id": assigned.id if assigned else False,
                "partner_declined_ids": [(6, 0, [p.id for p in declined])],
                "type": "lead",
                **values,
            }
        )

    lead("waiting", plain, date_partner_assign="2024-02-03")
    lead("converted", over, type="opportunity")
    lead("archived", plain, active=False)
    lead("refused", None, [over, plain])
    lead("passed on", partners["contact"], [over])
    lead("unknown holder", partners["stranger"])
