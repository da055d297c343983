{
    "name": "Reseller Portal: Demo Page",
    "summary": "Shows in a test what a page of another addon needs",
    "version": "17.0.1.0.0",
    "category": "Hidden",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "depends": ["crm_reseller_portal"],
    "data": ["security/ir.model.access.csv"],
}
