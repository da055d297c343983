import mimetypes

from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.urls import url_encode

from odoo import _
from odoo.http import request
from odoo.tools import is_html_empty

from odoo.addons.crm_reseller_portal.controllers.answers import LARGEST_ID
from odoo.addons.crm_reseller_portal.controllers.routes import reseller_record_route
from odoo.addons.crm_reseller_portal.controllers.usage import NOTHING

from ..lib import counters
from .resource_lists import ResellerResourceLists

# what the list keeps when the visitor comes back to it
KEPT = ("search", "filterby", "sortby")
# a page or file, a part of a file, and where a link leads
SENT = (200, 206, 303)


class ResellerResources(ResellerResourceLists):
    """The page of a resource, its file, and the visitor's favourites."""

    def _find_resource(self, resource_id):
        """A resource of those that are meant for the visitor.

        :param int resource_id: as the address has it
        :return: crm.reseller.resource, elevated, one or none
        """
        Resource = request.env["crm.reseller.resource"].sudo()
        if resource_id > LARGEST_ID:
            return Resource
        return Resource.search_fetch(
            self._search_resources([("id", "=", resource_id)]),
            self._get_columns(Resource),
        )

    def _render_no_resource(self, resource_id):
        """Answer for a resource that is not there, or not for this visitor.

        :param int resource_id: what was asked for
        :return: the response, the same in both cases
        """
        return self._render_nothing_here(
            _(
                "This resource is not available. It may have been withdrawn, or the "
                "address is not complete."
            ),
            "reseller_resources",
        )

    def _render_nothing_sent(self, record_sudo=None, **post):
        """Answer to a form's address that is merely opened. Hook.

        :param record_sudo: the record the form is about
        :param post: further arguments of the address, ignored
        :return: the response
        """
        if record_sudo and record_sudo._name == "crm.reseller.resource":
            return request.redirect(f"/my/resources/{record_sudo.id}")
        return super()._render_nothing_sent(record_sudo, **post)

    # ------------------------------------------------------------
    # THE PAGE
    # ------------------------------------------------------------

    @reseller_record_route(
        "/my/resources/<int:resource_id>",
        find="_find_resource",
        gone="_render_no_resource",
    )
    def reseller_resource(self, resource_sudo, **post):
        """Show what a resource holds today.

        :param resource_sudo: crm.reseller.resource, elevated
        :param post: further arguments of the address, ignored
        :return: response
        """
        described = self._describe_resources(resource_sudo)[0]
        version_sudo = described["version"]
        used, won = resource_sudo._count_uses().get(resource_sudo.id, (0, 0))
        values = self._prepare_reseller_page(
            "reseller_resources",
            resource_sudo.name,
            [{"label": _("Resources"), "url": "/my/resources"}],
            resource=described,
            version=version_sudo,
            body="" if is_html_empty(version_sudo.body) else version_sudo.body,
            video_type=self._get_video_type(version_sudo),
            valid_until=self._show_day(version_sudo.valid_until),
            valid_from=self._show_day(version_sudo.valid_from),
            used=used,
            won=won,
        )
        response = self._render_reseller_page(
            "crm_reseller_resource.portal_my_resource", values
        )
        # a video is viewed when it is played
        if values["body"] and not values["video_type"]:
            self._count_use(response, "views", version_sudo)
        return response

    def _show_day(self, day):
        """A day as the reader writes it.

        :param date day: or nothing
        :return: text
        """
        formats = self._get_formats()
        return day.strftime(formats.date_format) if day else ""

    # ------------------------------------------------------------
    # THE FILE
    # ------------------------------------------------------------

    @reseller_record_route(
        "/my/resources/<int:resource_id>/download",
        find="_find_resource",
        gone="_render_no_resource",
        counts="downloads",
    )
    def reseller_resource_download(self, resource_sudo, **post):
        """Send the file of the valid version, or lead to where its link leads.

        :param resource_sudo: crm.reseller.resource, elevated
        :param post: further arguments of the address, ignored
        :return: response; parts of the file where the browser asks for ranges
        """
        today = self._get_formats().today
        version_sudo = resource_sudo._get_valid_versions(today)[resource_sudo.id]
        if version_sudo.file_size:
            response = self._stream_version(version_sudo)
        elif version_sudo.link:
            response = request.redirect(version_sudo.link, code=303, local=False)
            response.headers["Referrer-Policy"] = "no-referrer"
        else:
            return request.redirect(f"/my/resources/{resource_sudo.id}")
        self._count_use(response, "downloads", version_sudo)
        return response

    def _get_video_type(self, version_sudo):
        """What kind of video a version's file is, for it to be played on its page.

        :param version_sudo: crm.reseller.resource.version, elevated
        :return: text such as ``video/mp4``; empty for files of other kinds, and for
            resources that are no videos
        """
        if version_sudo.resource_id.kind != "video" or not version_sudo.file_size:
            return ""
        found = mimetypes.guess_type(version_sudo.file_name or "")[0] or ""
        return found if found.startswith("video/") else ""

    @reseller_record_route(
        "/my/resources/<int:resource_id>/play",
        find="_find_resource",
        gone="_render_no_resource",
        counts=NOTHING,
    )
    def reseller_resource_play(self, resource_sudo, **post):
        """Send the video of the valid version to the player of its page.

        :param resource_sudo: crm.reseller.resource, elevated
        :param post: further arguments of the address, ignored
        :return: response; parts of the file where the browser asks for ranges
        """
        today = self._get_formats().today
        version_sudo = resource_sudo._get_valid_versions(today)[resource_sudo.id]
        if not self._get_video_type(version_sudo):
            return request.redirect(f"/my/resources/{resource_sudo.id}")
        response = self._stream_version(version_sudo, as_attachment=False)
        self._count_use(response, "views", version_sudo)
        return response

    def _stream_version(self, version_sudo, as_attachment=True):
        """Answer with a file, so that no browser runs what is in it.

        The file is sent from the disk in small pieces, or in the ranges asked for.

        :param version_sudo: crm.reseller.resource.version, elevated
        :param bool as_attachment: whether the browser is to keep it, not to show it
        :return: the response
        """
        name = version_sudo.file_name or version_sudo.resource_id.name
        stream = request.env["ir.binary"]._get_stream_from(
            version_sudo,
            "file",
            filename=name,
            mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        )
        try:
            response = stream.get_response(as_attachment=as_attachment)
        except RequestedRangeNotSatisfiable as error:
            # Odoo's page for errors does not know this one
            return request.make_response(
                "",
                headers=[("Content-Range", f"bytes */{error.length or '*'}")],
                status=error.code,
            )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        # the address stays the same when the next version begins
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    def _count_use(self, response, kind, version_sudo):
        """Count that the visitor fetched a version, once the answer was sent.

        Each download counts once, however many parts the browser asks for. A manager
        who looks at the portal as a reseller's person counts for nothing.

        :param response: the response
        :param str kind: ``downloads`` or ``views``
        :param version_sudo: crm.reseller.resource.version, elevated
        """
        sent = request.httprequest
        begins = sent.headers.get("Range", "bytes=0-").startswith("bytes=0-")
        if sent.method != "GET" or not begins or response.status_code not in SENT:
            return
        viewed = request.env.context.get("reseller_viewer_id")
        if viewed or not request.env.company.sudo().reseller_count_usage:
            return
        counters.count_later(
            response,
            request.env,
            {
                "kind": kind,
                "resource_id": version_sudo.resource_id.id,
                "version_id": version_sudo.id,
                "partner_id": request.env.user.partner_id.id,
                "day": self._get_formats().today,
            },
        )

    # ------------------------------------------------------------
    # FAVOURITES
    # ------------------------------------------------------------

    @reseller_record_route(
        "/my/resources/<int:resource_id>/favourite",
        methods=["POST"],
        find="_find_resource",
        gone="_render_no_resource",
    )
    def reseller_resource_favourite(self, resource_sudo, favourite="", **post):
        """Make a resource one of the visitor's favourites, or no longer.

        :param resource_sudo: crm.reseller.resource, elevated
        :param str favourite: ``1`` or ``0``; with ``page_`` before it, the answer leads
            back to the page of the resource
        :param post: the choices of the list, see ``KEPT``
        :return: response
        """
        person = request.env.user.partner_id
        from_page = favourite.startswith("page_")
        link = favourite.removeprefix("page_") == "1"
        resource_sudo.write({"favourite_partner_ids": [(4 if link else 3, person.id)]})
        if from_page:
            return request.redirect(f"/my/resources/{resource_sudo.id}")
        kept = {name: post[name] for name in KEPT if post.get(name)}
        query = f"?{url_encode(kept)}" if kept else ""
        return request.redirect(
            f"/my/resources{query}#reseller_resource_{resource_sudo.id}"
        )
