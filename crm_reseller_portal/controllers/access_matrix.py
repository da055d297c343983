from odoo import _
from odoo.http import request

from .common import ResellerPortal
from .routes import reseller_form_route


class ResellerAccessMatrix(ResellerPortal):
    """The page that shows administrators what people of each direction reach."""

    @reseller_form_route("/crm_reseller_portal/access-matrix")
    def reseller_access_matrix(self, **post):
        """Show what a sample person of each direction reaches.

        :param post: arguments of the address, ignored
        :return: response
        :raises NotFound: for anyone but administrators
        """
        if not request.env.user.has_group("base.group_system"):
            raise request.not_found()
        Matrix = request.env["crm.reseller.access.matrix"].sudo()
        rows = Matrix._read_access_matrix()
        return request.render(
            "crm_reseller_portal.reseller_access_matrix",
            {
                "title": _("Access matrix"),
                "kinds": Matrix._get_access_kinds(),
                "rows": rows,
                "leaks": sum(cell["leaks"] for row in rows for cell in row["cells"]),
                "enforced": all(row["enforced"] for row in rows if row["user"]),
            },
        )
