{
    "name": "Resellers: Onboarding",
    "summary": "Lead newcomers step by step to their first leads; see who is stuck",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_resource", "crm_reseller_performance"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_reseller_onboarding_rules.xml",
        "data/mail_activity_type_data.xml",
        "data/mail_template_data.xml",
        "data/ir_cron_data.xml",
        "data/crm_reseller_onboarding_data.xml",
        "wizards/crm_reseller_onboarding_skip_views.xml",
        "wizards/crm_reseller_invite_views.xml",
        "views/crm_reseller_agreement_version_views.xml",
        "views/crm_reseller_agreement_views.xml",
        "views/crm_reseller_onboarding_track_views.xml",
        "views/crm_reseller_onboarding_views.xml",
        "views/crm_reseller_guide_views.xml",
        "views/crm_reseller_announcement_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/portal_onboarding_templates.xml",
        "views/portal_agreement_templates.xml",
        "views/portal_guide_templates.xml",
        "views/menus.xml",
    ],
    "demo": ["demo/crm_reseller_onboarding_demo.xml"],
    "assets": {
        "web.assets_backend": [
            "crm_reseller_onboarding/static/src/scss/onboarding.scss"
        ],
        "web.assets_frontend": [
            "crm_reseller_onboarding/static/src/css/onboarding.css"
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
