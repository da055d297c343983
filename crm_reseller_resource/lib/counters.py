"""Counts what people fetch, apart from their fetching it.

A counter is written when the answer was sent, in a transaction of its own: it delays
nobody, and where it fails nothing else does.
"""

import logging

import psycopg2

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)

MODEL = "crm.reseller.resource.usage"


def count_later(response, env, counter):
    """Count once a response was sent.

    :param response: the response
    :param env: of the request
    :param dict counter: arguments of the model's ``_add``
    """
    if type(env.cr).__name__ == "TestCursor":
        # a test shares its cursor with the requests it sends, one after the other
        return
    registry = env.registry
    response.call_on_close(lambda: count_now(registry, counter))


def count_now(registry, counter):
    """Count in a transaction of its own; a failure is nobody's problem.

    :param registry: of the database
    :param dict counter: arguments of the model's ``_add``
    """
    try:
        with registry.cursor() as cr:
            # nobody waits behind a counter
            cr.execute("SET LOCAL lock_timeout = '2s'")
            api.Environment(cr, SUPERUSER_ID, {})[MODEL]._add(**counter)
    except psycopg2.Error:
        _logger.debug("A download was not counted", exc_info=True)
