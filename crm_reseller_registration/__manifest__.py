{
    "name": "Reseller Deal Registration",
    "summary": "Resellers register deals and are protected while they work on them",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_portal", "crm_contact_keys"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_reseller_registration_rules.xml",
        "data/crm_deal_registration_data.xml",
        "data/ir_cron_data.xml",
        "wizards/crm_deal_registration_decide_views.xml",
        "views/crm_deal_registration_views.xml",
        "views/crm_deal_registration_reason_views.xml",
        "views/crm_deal_registration_rule_views.xml",
        "views/crm_reseller_level_views.xml",
        "views/res_config_settings_views.xml",
        "views/portal_registration_templates.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "crm_reseller_registration/static/src/css/registration.css"
        ],
    },
}
