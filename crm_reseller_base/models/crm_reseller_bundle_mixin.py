import logging
from collections import deque

from psycopg2.extensions import TransactionRollbackError

from odoo import api, models

_logger = logging.getLogger(__name__)

# records a cron handles between two commits
BUNDLE = 2000
TRIES = 5
LAYOUT = "mail.mail_notification_light"


class CrmResellerBundleMixin(models.AbstractModel):
    """For models whose scheduled actions handle many records."""

    _name = "crm.reseller.bundle.mixin"
    _description = "Work in Bundles"

    @api.model
    def _in_bundles(self, record_ids, work, auto_commit, size=BUNDLE, verb="handled"):
        """Do the work bundle by bundle; one that fails does not undo the others.

        A bundle that fails is halved until only the record that cannot be handled is
        left: that is logged, and tried again the next time.

        :param list record_ids: ids of records
        :param work: function of some of these records, elevated
        :param bool auto_commit: commit per bundle and start it again when another run
            came in between
        :param int size: records per bundle
        :param str verb: what cannot be done with a record, for the log
        :return: list of ids of the records that cannot be handled
        """
        failed = []
        bundles = deque(
            record_ids[start : start + size]
            for start in range(0, len(record_ids), size)
        )
        while bundles:
            bundle = bundles.popleft()
            if self._handle_bundle(bundle, work, auto_commit, verb):
                continue
            if len(bundle) > 1:
                middle = len(bundle) // 2
                bundles.extendleft((bundle[middle:], bundle[:middle]))
            else:
                failed += bundle
        return failed

    @api.model
    def _handle_bundle(self, bundle, work, auto_commit, verb):
        """Do the work for one bundle.

        :param list bundle: ids of records
        :param work: function of some of these records, elevated
        :param bool auto_commit: commit when it is done
        :param str verb: see ``_in_bundles``
        :return: whether it went well, or is to be left alone for now
        :raises TransactionRollbackError: without ``auto_commit``, where the caller's
            transaction has to start again
        """
        for attempt in range(1, TRIES + 1):
            try:
                with self.env.cr.savepoint():
                    work(self.sudo().browse(bundle).exists())
                if auto_commit:
                    # what is done stays done when a later bundle fails
                    self.env.cr.commit()  # pylint: disable=invalid-commit
                return True
            except TransactionRollbackError:
                # another transaction was faster: look again at what is left
                if not auto_commit:
                    raise
                self.env.cr.rollback()
                _logger.info("Bundle of %s records starts again", len(bundle))
                if attempt == TRIES:
                    _logger.warning("%s %s wait for the next time", self._name, bundle)
            except Exception:
                if auto_commit:
                    self.env.cr.rollback()
                if len(bundle) == 1:
                    _logger.exception("%s %s cannot be %s", self._name, *bundle, verb)
                else:
                    _logger.info("Bundle of %s records is halved", len(bundle))
                return False
        return True

    @api.model
    def _one_by_one(self, records, work, auto_commit, verb="handled"):
        """Do the work record by record, one transaction each.

        One that fails does not undo those before it. What another run was faster with
        is left to it.

        :param records: recordset of any model
        :param work: function of one of them
        :param bool auto_commit: commit after each
        :param str verb: what cannot be done with a record, for the log
        :raises TransactionRollbackError: without ``auto_commit``, where the caller's
            transaction has to start again
        """
        for record in records:
            try:
                with self.env.cr.savepoint():
                    work(record)
                if auto_commit:
                    # what is done stays done when a later one fails
                    self.env.cr.commit()  # pylint: disable=invalid-commit
            except TransactionRollbackError:
                if not auto_commit:
                    raise
                self.env.cr.rollback()
            except Exception:
                if auto_commit:
                    self.env.cr.rollback()
                _logger.exception("%s %s cannot be %s", record._name, record.id, verb)

    @api.model
    def _while_claimed(self, claim, work, auto_commit):
        """Do the work for what waits, batch by batch, until nothing is left.

        :param claim: function that takes some records for this transaction, and returns
            none when nothing waits
        :param work: function of these records
        :param bool auto_commit: commit after each batch
        """
        while records := claim():
            work(records)
            if auto_commit:
                # what is done is not done again when a later batch fails
                self.env.cr.commit()  # pylint: disable=invalid-commit

    def _queue_template_mails(self, template, **email_values):
        """Queue a mail about each of these records.

        :param str template: external id; where it was deleted, no one is mailed
        :param email_values: instead of what the template says
        :return: the queued mail.mail
        """
        template = self.env.ref(template, raise_if_not_found=False)
        if not template or not self:
            return self.env["mail.mail"]
        return template.sudo().send_mail_batch(
            self.ids, email_values=email_values, email_layout_xmlid=LAYOUT
        )
