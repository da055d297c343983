from odoo import api, fields, models
from odoo.tools import SQL, plaintext2html

from odoo.addons.crm_reseller_portal.models.res_partner_notifications import (
    DIGEST,
    NONE,
)

CRON = "crm_reseller_resource.ir_cron_recall_versions"
EVENT = "resource"
BUNDLE = 50


class CrmResellerResourceVersion(models.Model):
    """The recall of versions that were replaced or withdrawn."""

    _inherit = "crm.reseller.resource.version"

    def _recall_soon(self):
        """Have the recall look at once at what ended."""
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _get_recall_domain(self):
        """Versions that ended and whose readers are not notified yet.

        :return: domain
        """
        return [
            ("recalled_on", "=", False),
            ("published_on", "!=", False),
            "|",
            ("state", "=", "withdrawn"),
            "&",
            ("state", "=", "published"),
            ("replaced_on", "<=", fields.Date.today()),
        ]

    @api.model
    def _cron_recall_versions(self, auto_commit=False):
        """Notify those who fetched what was replaced or withdrawn, once.

        :param bool auto_commit: commit after each bundle
        """
        ended = self.sudo().search(self._get_recall_domain(), order="id", limit=None)
        for start in range(0, len(ended), BUNDLE):
            ended[start : start + BUNDLE]._recall()
            if auto_commit:
                # what is done stays done when a later bundle fails
                self.env.cr.commit()  # pylint: disable=invalid-commit

    def _recall(self):
        """Notify, of each resource once, who has fetched one of these versions.

        Rows that another run has locked are left to it.
        """
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_reseller_resource_version WHERE id IN %s"
                " AND recalled_on IS NULL ORDER BY id FOR UPDATE SKIP LOCKED",
                tuple(self.ids),
            )
        )
        ended = self.browse(row[0] for row in self.env.cr.fetchall())
        if not ended:
            return
        ended.recalled_on = fields.Datetime.now()
        readers = ended._get_people_to_recall()
        for version in ended.sorted(lambda each: each._get_rank(), reverse=True):
            resource = version.resource_id
            people = readers.pop((resource, version), self.env["res.partner"])
            for other in ended - version:
                # of two versions of one resource, the newer one is named
                if other.resource_id == resource and (resource, other) in readers:
                    readers[resource, other] -= people
            for lang in sorted(set(people.mapped(lambda person: person.lang or ""))):
                version._tell_people(
                    people.filtered(lambda each, lang=lang: (each.lang or "") == lang),
                    lang,
                )

    def _get_people_to_recall(self):
        """Who fetched these versions, has an open deal and did not fetch the next one.

        :return: dict from pairs of resource and version to res.partner
        """
        Usage = self.env["crm.reseller.resource.usage"].sudo()
        groups = Usage._read_group(
            [("version_id", "in", self.ids)],
            ["version_id"],
            ["partner_id:recordset"],
        )
        fetched = dict(groups)
        everyone = self.env["res.partner"].sudo().union(*fetched.values())
        everyone = everyone._filter_reseller_open_deals().filtered(
            lambda person: person._get_reseller_notification(EVENT) != NONE
        )
        valid = self.resource_id._get_valid_versions(fields.Date.today())
        current = self.browse().union(*valid.values())
        up_to_date = dict(
            Usage._read_group(
                [("version_id", "in", current.ids)],
                ["resource_id"],
                ["partner_id:recordset"],
            )
        )
        nobody = everyone.browse()
        return {
            (version.resource_id, version): (fetched.get(version, nobody) & everyone)
            - up_to_date.get(version.resource_id, nobody)
            for version in self
        }

    def _tell_people(self, people, lang):
        """Write to people of resellers that a version ended.

        :param people: res.partner, elevated
        :param str lang: code of their language
        """
        self.ensure_one()
        resource = self.resource_id.with_context(lang=lang or None)
        text = resource._get_recall_text(self)
        later = people.filtered(
            lambda person: person._get_reseller_notification(EVENT) == DIGEST
        )
        self.env["crm.reseller.digest"].sudo().create(
            [
                {
                    "partner_id": person.id,
                    "event": EVENT,
                    "text": resource.name,
                    "detail": text,
                    "path": resource._get_reseller_path(),
                }
                for person in later
            ]
        )
        if people == later:
            return
        resource.message_post(
            body=plaintext2html(text),
            partner_ids=(people - later).ids,
            author_id=resource.user_id.partner_id.id or None,
            subtype_xmlid="mail.mt_note",
        )
