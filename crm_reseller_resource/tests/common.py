import base64

from odoo.tests import new_test_user

from odoo.addons.crm_reseller_portal.tests.common import ResellerPortalCase

CONTENT = b"%PDF-1.4\n" + b"words of the file " * 400


class ResourceCase(ResellerPortalCase):
    """Alder and Birch read what two editors publish."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Resource = cls.env["crm.reseller.resource"]
        cls.Version = cls.env["crm.reseller.resource.version"]
        cls.Usage = cls.env["crm.reseller.resource.usage"]
        # whatever the demo data bring
        cls.Resource.search([]).active = False
        cls.category = cls.env["crm.reseller.resource.category"].create(
            {"name": "Test category"}
        )
        cls.editor, cls.second = (
            new_test_user(
                cls.env, f"resource_{name}", groups="sales_team.group_sale_manager"
            )
            for name in ("editor", "second")
        )
        cls.company = cls.env.ref("base.main_company")
        cls.company.write(
            {"reseller_resource_approval": False, "reseller_resource_new_days": 14}
        )

    @classmethod
    def _create_resource(cls, name="Price list", publish=True, content=None, **vals):
        """Return a resource with one version, by default a published file."""
        content = content or {
            "file": base64.b64encode(CONTENT),
            "file_name": "prices.pdf",
        }
        resource = cls.Resource.with_user(cls.editor).create(
            {"name": name, "kind": "price_list", **vals}
        )
        version = cls._add_version(resource, **content)
        if publish:
            version.action_publish()
        return resource.with_env(cls.env)

    @classmethod
    def _add_version(cls, resource, **vals):
        return cls.Version.with_user(cls.editor).create(
            {"resource_id": resource.id, "body": "<p>Words</p>", **vals}
        )

    @classmethod
    def _publish(cls, resource, **vals):
        """Publish one more version of a resource."""
        version = cls._add_version(resource, **vals)
        version.action_publish()
        return version.with_env(cls.env)

    def _fetch(self, version, user, kind="downloads", day=None):
        """Count as if a person had fetched a version."""
        self.Usage._add(
            kind,
            version.resource_id.id,
            version.id,
            user.partner_id.id,
            day or version.valid_from,
        )

    def _seen_by(self, user):
        """Return the names of the resources a person sees."""
        domain = user._get_reseller_resource_domain()
        return set(self.Resource.sudo().search(domain).mapped("name"))
