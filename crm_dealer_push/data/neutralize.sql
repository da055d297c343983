-- a copy of a database must not call the dealers of the original
DELETE FROM crm_dealership_credential;
UPDATE crm_dealership
   SET odoo_uid = 0, dealer_reference = NULL, connection_state = 'untested',
       has_api_key = FALSE;
UPDATE crm_dealer_push
   SET state = 'failed', alerted = TRUE, message = 'Neutralized copy'
 WHERE state NOT IN ('done', 'cancelled', 'failed');
