{
    "name": "Resellers: Import from Odoo",
    "summary": "Take over the resellers and their leads from Odoo's Resellers module",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_base", "website_crm_partner_assign"],
    "data": [
        "security/ir.model.access.csv",
        "wizards/crm_reseller_import_views.xml",
        "views/res_config_settings_views.xml",
    ],
}
