"""Counts what people fetch, apart from their fetching it.

A counter is written when the answer was sent, in a transaction of its own: it delays
nobody, and where it fails nothing else does.
"""

import logging

import odoo.modules.module
from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)

MODEL = "crm.reseller.resource.usage"


def count_later(response, registry, counter):
    """Count once a response was sent.

    :param response: the response
    :param registry: of the database
    :param dict counter: arguments of the model's ``_add``
    """
    response.call_on_close(lambda: count_now(registry, counter))


def count_now(registry, counter):
    """Count in a transaction of its own; a failure is nobody's problem.

    :param registry: of the database
    :param dict counter: arguments of the model's ``_add``
    """
    if odoo.modules.module.current_test:
        # a test shares its transaction with the requests it sends
        return
    try:
        with registry.cursor() as cr:
            # nobody waits behind a counter
            cr.execute("SET LOCAL lock_timeout = '2s'")
            api.Environment(cr, SUPERUSER_ID, {})[MODEL]._add(**counter)
    except Exception:  # noqa: BLE001 what counts must not matter to what is counted
        _logger.debug("A download was not counted", exc_info=True)
