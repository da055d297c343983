"""Keep a key that is typed out of Odoo's own log."""

from __future__ import annotations

import logging
import re

# Where Odoo writes down every call with its arguments, at log level debug: 17.0 and
# 18.0, and 19.0.
CALL_LOGGERS = ("odoo.api", "odoo.service.model")

KEY = re.compile(
    r"""(['"]odoo_api_key['"]:\s*)('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL
)


class HideKey(logging.Filter):
    """Write asterisks where a call has the value of ``odoo_api_key``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record where it has to be; every record passes."""
        text = record.getMessage()
        if "odoo_api_key" in text:
            record.msg = KEY.sub(r"\1'***'", text)
            record.args = None
        return True


HIDE_KEY = HideKey()


def hide_keys() -> None:
    """Put the filter where it is needed; doing it again changes nothing."""
    for name in CALL_LOGGERS:
        logging.getLogger(name).addFilter(HIDE_KEY)
