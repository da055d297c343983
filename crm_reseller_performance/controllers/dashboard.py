from odoo import _
from odoo.http import Controller, content_disposition, request, route

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ChannelDashboard(Controller):
    @route(
        "/crm_reseller_performance/channel.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def reseller_dashboard_xlsx(self, **options):
        """The dashboard as a spreadsheet.

        :param options: see ``crm.reseller.dashboard.read_dashboard``
        :return: response; 403 for users who must not read offers
        """
        content = request.env["crm.reseller.dashboard"]._export_xlsx(options)
        return request.make_response(
            content,
            headers=[
                ("Content-Type", XLSX),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(_("Channel") + ".xlsx")),
                ("Cache-Control", "no-store"),
            ],
        )
