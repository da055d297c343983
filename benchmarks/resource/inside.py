"""The part of the benchmark that runs in Odoo's processes; ``env`` is the shell's."""

from __future__ import annotations

import hashlib
import random
from typing import Any

PEOPLE = 5
MEGABYTE = 1024 * 1024


def make_resource(env: Any, megabytes: int) -> dict[str, Any]:
    """Publish a resource with a large file, for a reseller of five people.

    :param env: environment of the superuser
    :param megabytes: size of the file
    :return: dict of ``resource`` (id), ``logins``, ``length`` and ``digest``
    """
    env = env(context={**env.context, "no_reset_password": True})
    level = env["crm.reseller.level"].create({"name": f"Bench {megabytes}"})
    company = env["res.partner"].create(
        {"name": "Bench Ltd", "is_company": True, "reseller_level_id": level.id}
    )
    logins = [f"bench_{megabytes}_{number}" for number in range(PEOPLE)]
    groups = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    for login in logins:
        person = env["res.partner"].create(
            {
                "name": login,
                "email": f"{login}@bench.example",
                "parent_id": company.id,
            }
        )
        env["res.users"].create(
            {
                "login": login,
                "password": login,
                "partner_id": person.id,
                groups: [(6, 0, env.ref("base.group_portal").ids)],
            }
        )
    content = random.Random(megabytes).randbytes(megabytes * MEGABYTE)
    resource = env["crm.reseller.resource"].create(
        {"name": "Film", "kind": "video", "audience_level_ids": [(6, 0, level.ids)]}
    )
    version = env["crm.reseller.resource.version"].create(
        {"resource_id": resource.id, "file_name": "film.mp4"}
    )
    # as Odoo keeps a file of a record, without a copy in base64
    env["ir.attachment"].create(
        {
            "name": "file",
            "res_model": version._name,
            "res_field": "file",
            "res_id": version.id,
            "type": "binary",
            "raw": content,
        }
    )
    version._compute_file_size()
    version.action_publish()
    return {
        "resource": resource.id,
        "logins": logins,
        "length": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
    }
