{
    "name": "Lead Intake",
    "summary": "One open lead per customer, however the customer gets in touch",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_contact_keys"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_lead_intake_security.xml",
        "views/crm_lead_contact_views.xml",
        "views/crm_lead_views.xml",
        "views/res_config_settings_views.xml",
    ],
}
