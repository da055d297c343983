import random
from datetime import timedelta

from odoo import api, fields, models

DEALS = 36
# who asked for what; combined, with a year
CUSTOMERS = (
    "Maes Wegenbouw",
    "Leclercq Travaux",
    "Hofmann Tiefbau",
    "De Wit Grondwerken",
    "Dubois Granulats",
    "Schmitt Erdbau",
)
MACHINES = (
    ("Wheel loader", 164000),
    ("Compact excavator", 58000),
    ("Road roller", 91000),
    ("Articulated dumper", 255000),
)
# days from one stage to the next, at least and at most
STAY = (2, 21)


class CrmPipelineDemo(models.AbstractModel):
    """Writes the demo data of a pipeline that has been at work for half a year.

    Called by the demo data only.
    """

    _name = "crm.pipeline.demo"
    _description = "Demo Data of the Pipeline"

    @api.model
    def _create_history(self):
        """Create closed deals, with the moves that led there.

        One of three is won; of the others, most are lost in an early stage.
        """
        first = "crm_lead_pipeline_rules.crm_lead_demo_past_1"
        if self.env.ref(first, raise_if_not_found=False):
            # installing what is installed loads the demo data again
            return
        demo = self.sudo().with_context(
            tracking_disable=True,
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
            mail_activity_automation_skip=True,
        )
        draw = random.Random(4)
        stages = [self.env.ref(f"crm.stage_lead{number}") for number in range(1, 5)]
        reasons = self.env["crm.lost.reason"].search([], limit=6)
        vals_list, paths = [], []
        for number in range(DEALS):
            won = number % 3 == 0
            depth = 4 if won else draw.choice((1, 1, 2, 2, 3))
            paths.append(stages[:depth])
            machine, price = MACHINES[number % len(MACHINES)]
            customer = CUSTOMERS[number % len(CUSTOMERS)]
            vals = {
                "name": f"{machine}, {customer} ({number + 1})",
                "type": "opportunity",
                "partner_name": customer,
                "expected_revenue": round(price * draw.uniform(0.8, 1.3), -3),
                "user_id": self.env.ref("base.user_demo").id,
                "team_id": self.env.ref("sales_team.team_sales_department").id,
                "stage_id": stages[depth - 1].id,
            }
            if not won:
                reason = reasons[number % len(reasons)]
                vals.update(active=False, probability=0, lost_reason_id=reason.id)
            vals_list.append(vals)
        leads = demo.env["crm.lead"].create(vals_list)
        # known as demo data: a database with nothing else still gets our stages
        self.env["ir.model.data"].sudo()._update_xmlids(
            [
                {
                    "xml_id": f"crm_lead_pipeline_rules.crm_lead_demo_past_{number}",
                    "record": lead,
                    "noupdate": True,
                }
                for number, lead in enumerate(leads, 1)
            ]
        )
        for lead, path in zip(leads, paths, strict=True):
            begun = fields.Datetime.now() - timedelta(days=draw.randint(70, 180))
            days = [begun]
            for _stage in path:
                days.append(days[-1] + timedelta(days=draw.uniform(*STAY)))
            demo._create_moves(lead, path, days)
        self.env.invalidate_all()

    @api.model
    def _create_moves(self, lead, path, days):
        """Write down how a lead came to its stage, and when it was closed.

        :param lead: crm.lead
        :param list path: stages, from the first to that of the lead
        :param list days: when it entered each of them, and the end, naive, in UTC
        """
        field = self.env["ir.model.fields"]._get("crm.lead", "stage_id")
        messages = self.env["mail.message"].create(
            [
                {
                    "model": "crm.lead",
                    "res_id": lead.id,
                    "message_type": "notification",
                    "author_id": lead.user_id.partner_id.id,
                    "date": day,
                    "tracking_value_ids": [
                        (
                            0,
                            0,
                            {
                                "field_id": field.id,
                                "old_value_integer": old.id,
                                "old_value_char": old.name,
                                "new_value_integer": new.id,
                                "new_value_char": new.name,
                            },
                        )
                    ],
                }
                for old, new, day in zip(path, path[1:], days[1:], strict=False)
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_tracking_value value SET create_date = message.date "
            "FROM mail_message message "
            "WHERE message.id = value.mail_message_id AND message.id = ANY(%s)",
            [messages.ids],
        )
        # a won deal is closed when it gets there, a lost one some days later
        closed = days[-2] if lead.active else days[-1]
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %(begun)s, date_open = %(begun)s, "
            "date_last_stage_update = %(moved)s, date_closed = %(closed)s "
            "WHERE id = %(lead_id)s",
            {
                "begun": days[0],
                "moved": days[-2],
                "closed": closed,
                "lead_id": lead.id,
            },
        )
