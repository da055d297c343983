from odoo import api, fields, models
from odoo.tools import SQL


class CrmResellerSeenMixin(models.AbstractModel):
    """For models with one row for each record and person that has seen it.

    They have ``company_id``, related to that of the record.
    """

    _name = "crm.reseller.seen.mixin"
    _description = "Record Seen by a Person"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )

    @api.model
    def _add_seen(self, name, records, person, vals, update=False):
        """Add a row for each of some records and a person; twice counts once.

        :param str name: the field that holds the record
        :param records: the records that were seen
        :param person: res.partner
        :param dict vals: values of further fields
        :param bool update: fill in what is empty in a row that is there already
        """
        columns = [SQL.identifier(column) for column in vals]
        again = SQL("NOTHING")
        if update:
            filled = [
                SQL("%s = COALESCE(seen.%s, EXCLUDED.%s)", column, column, column)
                for column in columns
            ]
            again = SQL("UPDATE SET %s", SQL(", ").join(filled))
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s AS seen
                            (%(name)s, company_id, partner_id, %(columns)s)
                     SELECT record.id, record.company_id, %(person)s, %(values)s
                       FROM %(records)s AS record
                      WHERE record.id = ANY(%(ids)s)
                ON CONFLICT (%(name)s, partner_id) DO %(again)s
                """,
                table=SQL.identifier(self._table),
                name=SQL.identifier(name),
                columns=SQL(", ").join(columns),
                person=person.id,
                values=SQL(", ").join(SQL("%s", value) for value in vals.values()),
                records=SQL.identifier(records._table),
                ids=records.ids,
                again=again,
            )
        )
        self.invalidate_model()
        records.invalidate_recordset()
