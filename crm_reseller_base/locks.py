"""How the later of two clicks at the same moment waits for the first."""

from odoo.tools import SQL


def lock_for_click(records, touch=False):
    """Keep others off some records until the transaction ends.

    Call it before reading what a click depends on. PostgreSQL lets the later of two
    clicks wait, and refuses it where the first changed a row; the framework then
    repeats it, and it sees what the first one did.

    :param records: recordset
    :param bool touch: change the rows, where what follows may leave them as they are
    """
    if not records:
        return
    table = SQL.identifier(records._table)
    if touch:
        lock = SQL(
            "UPDATE %s SET write_date = write_date WHERE id = ANY(%s)",
            table,
            records.ids,
        )
    else:
        lock = SQL(
            "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            table,
            records.ids,
        )
    # the framework repeats the later of two clicks: nothing to log
    records.env.cr.execute(lock, log_exceptions=False)
