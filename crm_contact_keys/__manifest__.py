{
    "name": "Contact Keys",
    "summary": "Who a customer is, and which addresses identify no customer",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm"],
    "uninstall_hook": "uninstall_hook",
    "data": [
        "security/ir.model.access.csv",
        "data/crm_contact_generic_data.xml",
        "views/crm_contact_generic_views.xml",
        "views/menus.xml",
    ],
}
