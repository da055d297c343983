"""Counts what people of resellers do on the portal, apart from what they do.

A counter is written when the answer is on its way, in a transaction of its own: it
delays nobody, and where it fails nothing else does.
"""

import logging

import psycopg2

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)


def write_later(response, env, counter):
    """Count once a response was sent.

    :param response: the response
    :param env: of the request
    :param dict counter: see ``crm.reseller.usage._add``
    """
    if type(env.cr).__name__ == "TestCursor":
        # a test shares its cursor with the requests it sends, one after the other
        return
    registry = env.registry
    response.call_on_close(lambda: write_now(registry, counter))


def write_now(registry, counter):
    """Count in a transaction of its own; a failure is nobody's problem.

    :param registry: of the database
    :param dict counter: see ``crm.reseller.usage._add``
    """
    try:
        with registry.cursor() as cr:
            # nobody waits behind a counter
            cr.execute("SET LOCAL lock_timeout = '2s'")
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["crm.reseller.usage"]._add(**counter)
    except psycopg2.Error:
        _logger.debug("A use of the portal was not counted", exc_info=True)
