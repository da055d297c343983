-- a copy of a database must not speak to the dealers of the original
DELETE FROM crm_dealership_credential;
UPDATE crm_dealership
   SET odoo_uid = 0, dealer_reference = NULL, connection_state = 'untested';
UPDATE crm_dealer_push
   SET state = 'failed', alerted = TRUE, message = 'Neutralized copy'
 WHERE state NOT IN ('done', 'cancelled', 'failed');
