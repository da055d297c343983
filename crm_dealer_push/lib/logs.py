"""Keep a key that is typed out of Odoo's own log."""

from __future__ import annotations

import logging
import re

# Where Odoo writes down every call with its arguments, at log level debug: 17.0 and
# 18.0, and 19.0.
CALL_LOGGERS = ("odoo.api", "odoo.service.model")
# Where it writes down statements: all when it is set to, and always one that failed,
# as when two people save a key at the same moment.
SQL_LOGGER = "odoo.sql_db"
TABLE = "crm_dealership_credential"

KEY = re.compile(
    r"""(['"]odoo_api_key['"]:\s*)('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL
)


class HideKey(logging.Filter):
    """Write asterisks where a call has the value of ``odoo_api_key``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record where it has to be; every record passes.

        :param record: record of the log
        :return: True
        """
        text = record.getMessage()
        if "odoo_api_key" in text:
            record.msg = KEY.sub(r"\1'***'", text)
            record.args = None
        return True


class HideStatement(logging.Filter):
    """Leave of a statement about the table of keys only that there was one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record where it has to be; every record passes.

        :param record: record of the log
        :return: True
        """
        if TABLE in record.getMessage():
            record.msg = f"A statement about {TABLE}, which is not written down."
            record.args = None
        return True


HIDE_KEY = HideKey()
HIDE_STATEMENT = HideStatement()


def hide_keys() -> None:
    """Put the filter where it is needed; doing it again changes nothing."""
    for name in CALL_LOGGERS:
        logging.getLogger(name).addFilter(HIDE_KEY)
    logging.getLogger(SQL_LOGGER).addFilter(HIDE_STATEMENT)
