{
    "name": "Reseller Portal",
    "summary": "Resellers answer, convert and work their leads on the web portal",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_base", "portal"],
    # both answer /my/leads and /my/opportunities
    "excludes": ["website_crm_partner_assign"],
    "data": [
        "security/crm_reseller_portal_groups.xml",
        "security/ir.model.access.csv",
        "security/crm_reseller_portal_rules.xml",
        "data/mail_activity_type_data.xml",
        "data/res_users_data.xml",
        "wizards/crm_reseller_outcome_reject_views.xml",
        "wizards/crm_reseller_portal_access_views.xml",
        "views/crm_lead_views.xml",
        "views/res_partner_views.xml",
        "views/portal_templates.xml",
        "views/portal_lead_templates.xml",
        "views/portal_opportunity_templates.xml",
    ],
    "demo": ["demo/res_users_demo.xml", "demo/crm_lead_demo.xml"],
    "assets": {
        "web.assets_frontend": [
            "crm_reseller_portal/static/src/css/reseller_portal.css",
        ],
        "web.assets_tests": ["crm_reseller_portal/static/tests/tours/**/*"],
    },
}
