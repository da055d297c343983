from odoo.http import request
from odoo.tools import html2plaintext, is_html_empty

from odoo.addons.crm_reseller_portal.controllers.directions import ResellerDirections

from ..models.crm_reseller_resource import KINDS

ICONS = {
    "catalogue": "fa-book",
    "price_list": "fa-tags",
    "collateral": "fa-file-text-o",
    "guide": "fa-compass",
    "video": "fa-play-circle-o",
    "faq": "fa-question-circle-o",
}
# texts that open in place, all of a list together: more would make the page heavy
BYTES_IN_PLACE = 12_000


class ResellerResourceCards(ResellerDirections):
    """What a page shows of resources."""

    def _get_kind(self, key):
        """The name of a kind in the reader's language.

        :param str key: one of ``KINDS``
        :return: text
        """
        field = request.env["crm.reseller.resource"]._fields["kind"]
        return dict(field._description_selection(request.env)).get(
            key, dict(KINDS).get(key, "")
        )

    def _describe_resources(self, resources_sudo):
        """What pages show of resources, in the same order.

        :param resources_sudo: crm.reseller.resource, elevated
        :return: list of dict with ``id``, ``url``, ``name``, ``summary``, ``kind``,
            ``icon``, ``details`` (list of texts), ``mark`` (``new``, ``updated`` or
            empty), ``favourite``, ``version`` (elevated) and ``body`` (HTML that opens
            in place, or empty)
        """
        formats, days = self._get_formats(), self._get_new_days()
        versions = resources_sudo._get_valid_versions(formats.today)
        Resource = resources_sudo.with_context(active_test=False)
        person = request.env.user.partner_id
        favourites = Resource.search(
            [
                ("id", "in", resources_sudo.ids),
                ("favourite_partner_ids", "in", person.ids),
            ]
        )
        room = BYTES_IN_PLACE
        described = []
        for resource in resources_sudo:
            version = versions.get(resource.id)
            if not version:
                continue
            body = ""
            if resource.kind == "faq" and not is_html_empty(version.body):
                size = len(version.body.encode())
                if size <= room:
                    room -= size
                    body = version.body
            details = [
                self._get_kind(resource.kind),
                resource.category_id.name,
                resource.lang_id.name,
                version.file_size and formats.size(version.file_size),
            ]
            described.append(
                {
                    "id": resource.id,
                    "url": f"/my/resources/{resource.id}",
                    "name": resource.name,
                    "summary": resource.summary or self._get_beginning(version),
                    "kind": resource.kind,
                    "icon": ICONS[resource.kind],
                    "details": [text for text in details if text],
                    "mark": resource._get_mark(version, formats.today, days),
                    "favourite": resource in favourites,
                    "version": version,
                    "body": body,
                }
            )
        return described

    def _get_beginning(self, version_sudo):
        """The first words of a text.

        :param version_sudo: crm.reseller.resource.version, elevated
        :return: plain text of one line
        """
        text = " ".join(html2plaintext(version_sudo.body or "").split())
        return f"{text[:150]} …" if len(text) > 150 else text
