"""Tokens of signed links are kept out of the server's own access log."""

import logging
import re

from .links import SIGNATURE

# the loggers that write down which addresses were asked for
LOGGERS = ("werkzeug", "odoo.http")
# of answers from the mail also what is no token, but was meant as one
ANSWER = re.compile(r"(/my/answer/[^/\s\"'?]+/)[^/\s\"'?]+")


def hide_tokens(text: str) -> str:
    """A line of a log without the tokens in it.

    :param text: the line
    :return: the line, with dots where a token was
    """
    return SIGNATURE.sub("...", ANSWER.sub(r"\1...", text))


class TokenFilter(logging.Filter):
    """Lets every record pass, without tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the tokens out of a record.

        :param record: what is about to be logged
        :return: True
        """
        message = record.getMessage()
        hidden = hide_tokens(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


def install_token_filter() -> None:
    """Keep tokens out of the access log, once per process."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, TokenFilter) for each in logger.filters):
            logger.addFilter(TokenFilter())
