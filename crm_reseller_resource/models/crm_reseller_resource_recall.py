from odoo import _, models

from .crm_reseller_resource_version import APPROVE


class CrmResellerResource(models.Model):
    """What is said to people about the versions of a resource."""

    _inherit = "crm.reseller.resource"

    def _get_approval_text(self, version):
        """What an approver has to do, in the language of the context.

        :param version: crm.reseller.resource.version
        :return: plain text
        """
        return _("Approve version %(name)s", name=version.name)

    def _close_approval(self):
        """Take away what approvers were asked to do."""
        self.activity_unlink([APPROVE])

    def _get_recall_text(self, version):
        """What those who fetched a version read when it ends.

        :param version: crm.reseller.resource.version, elevated
        :return: plain text in the language of the context
        """
        self.ensure_one()
        names = {"title": self.name, "version": version.name}
        if version.state == "withdrawn":
            return _(
                "You fetched version %(version)s of %(title)s. It was withdrawn: "
                "please do not use it any more.",
                **names,
            )
        return _(
            "You fetched version %(version)s of %(title)s. It was replaced: please use "
            "the new version for your open deals.",
            **names,
        )
