{
    "name": "Resellers and Dealers",
    "summary": "Leads that a reseller sells need no dealership of their own",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_portal", "crm_dealer_push"],
    "auto_install": True,
}
