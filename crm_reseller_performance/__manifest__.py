{
    "name": "Resellers: Performance",
    "summary": "Measure how resellers answer, and let it steer who gets the next leads",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_portal"],
    "data": [
        "security/crm_reseller_performance_security.xml",
        "security/ir.model.access.csv",
        "data/mail_activity_type_data.xml",
        "data/mail_template_data.xml",
        "data/ir_cron_data.xml",
        "report/crm_reseller_report_views.xml",
        "views/crm_reseller_level_views.xml",
        "views/crm_reseller_score_views.xml",
        "views/crm_reseller_dispute_views.xml",
        "views/crm_reseller_level_review_views.xml",
        "views/portal_performance_templates.xml",
        "views/res_config_settings_views.xml",
        "views/menus.xml",
    ],
    "demo": [
        "demo/crm_reseller_demo.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "crm_reseller_performance/static/src/css/performance.css",
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
