"""The one way in for routes that show or change one record, or handle a form."""

import functools
import inspect
import re

from odoo.exceptions import AccessError, UserError
from odoo.http import request, route

from ..lib.links import SIGNED_PATHS
from .usage import count_usage

RECORD_PARAMETER = re.compile(r"<int:(\w+)>")
# what a method hands to the page of its form, and no address may
FORM_PARAMETERS = {"errors", "typed"}


def reseller_record_route(*paths, find="_find_lead", gone="_render_gone", **options):
    """Declare the routes of one record.

    The decorated method gets the elevated record in place of its id. A visitor to whom
    ``find`` gives nothing gets what ``gone`` answers, a 404. With ``methods=["POST"]``
    the method is an action; see ``reseller_form_route`` for what that means.

    :param str paths: addresses; the first ``<int:…>`` of each is the record's id
    :param str find: method of the controller: id to elevated record or nothing
    :param str gone: method of the controller: id to the answer for a missing record
    :param options: ``methods`` (``["GET"]`` or ``["POST"]``; GET if left out), ``form``
        and ``refused`` (see ``reseller_form_route``); ``operation``: one of the lead's
        ``_get_reseller_operations``, for a form that only those are shown whose role
        allows it; ``signed`` and ``counts``: see ``_declare``
    :return: decorator of a method ``(self, record_sudo, **post)``
    """
    parameter = RECORD_PARAMETER.search(paths[0]).group(1)

    def find_record(controller, post):
        """Find the record a page is about.

        :param controller: the controller
        :param dict post: arguments of the address; the record's id is taken out
        :return: pair of a tuple with the record, or None, and the answer for a missing
            one
        """
        record_id = post.pop(parameter)
        record_sudo = getattr(controller, find)(record_id)
        if not record_sudo:
            return None, getattr(controller, gone)(record_id)
        return (record_sudo,), None

    return _declare(paths, find_record, has_record=True, **options)


def reseller_form_route(*paths, **options):
    """Declare the routes of a form that belongs to no record.

    Only POST calls the method. Anything else (GET, HEAD, OPTIONS) gets what the
    controller's method ``form`` answers: the empty form, or a note that nothing was
    sent.

    The method runs in a savepoint: when it raises ``AccessError`` or ``UserError``, all
    of it is undone and the visitor reads the sentence (``refused``).

    :param str paths: addresses
    :param options: ``methods``, ``form``: name of the method of the controller that
        answers everything but POST, ``refused``: name of the method that answers with
        a sentence
    :return: decorator of a method ``(self, **post)``
    """
    return _declare(paths, lambda controller, post: ((), None), **options)


def _declare(
    paths,
    find_record,
    has_record=False,
    methods=("GET",),
    form="_render_nothing_sent",
    refused="_render_refused",
    operation="",
    signed=False,
    counts=None,
):
    """Declare a route of the portal; what changes something needs POST.

    :param paths: addresses
    :param find_record: function of controller and arguments, see
        ``reseller_record_route``
    :param bool has_record: whether the method takes a record
    :param methods: HTTP methods; with POST the method changes something
    :param str form: name of the method that answers GET where POST is meant
    :param str refused: name of the method that shows why something was refused
    :param str operation: what the user's role must allow, on POST and for the form
    :param bool signed: whether a signed link lets people in, who need no account; such
        pages stand alone, without the website around them, and count for themselves
    :param str counts: as what a page counts in ``crm.reseller.usage``; ``pages``, or
        ``updates`` for what was sent, if left out
    :return: decorator
    """
    acts = "POST" in methods
    if signed:
        SIGNED_PATHS.update(path.partition("<")[0] for path in paths)

    def decorate(method):
        """Make a method a route.

        :param method: method of a controller
        :return: function for Odoo
        """

        @functools.wraps(method)
        def handle(self, /, **post):
            """Find the record, call the method, and show why it refused.

            :param post: arguments of the address and what a form sent
            :return: response
            """
            records, answer = find_record(self, post)
            if records is None:
                return answer
            # an address may carry any name, that of an argument as well
            post = {key: post[key] for key in post if key not in taken}
            if not acts:
                response = method(self, *records, **post)
                return count_usage(response, counts or "pages")
            try:
                if operation:
                    records[0]._check_reseller_role(operation)
                # Odoo adds OPTIONS to each route and werkzeug HEAD to each that takes
                # GET; none of them carries a token
                if request.httprequest.method != "POST":
                    response = getattr(self, form)(*records, **post)
                    return response if signed else count_usage(response, "pages")
                with request.env.cr.savepoint():
                    response = method(self, *records, **post)
                    # what is left to compute is computed with elevated rights
                    request.env(su=True).flush_all()
            except (AccessError, UserError) as error:
                return getattr(self, refused)(str(error.args[0]), *records)
            return response if signed else count_usage(response, counts or "updates")

        taken = {
            *list(inspect.signature(method).parameters)[: 1 + bool(has_record)],
            *FORM_PARAMETERS,
        }
        # Odoo reads the signature to know what to hand over
        del handle.__wrapped__
        handle.reseller_shell = True
        handle.reseller_operation = operation
        return route(
            list(paths),
            type="http",
            auth="public" if signed else "user",
            website=not signed,
            methods=["GET", "POST"] if acts else ["GET"],
        )(handle)

    return decorate
