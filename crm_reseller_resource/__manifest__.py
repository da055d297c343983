{
    "name": "Reseller Resources",
    "summary": "Price lists, catalogues, guides and answers, always the valid version",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_portal"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_reseller_resource_rules.xml",
        "data/mail_activity_type_data.xml",
        "data/ir_cron_data.xml",
        "data/crm_reseller_portal_section_data.xml",
        "views/crm_reseller_resource_version_views.xml",
        "views/crm_reseller_resource_views.xml",
        "views/crm_reseller_resource_category_views.xml",
        "views/crm_reseller_resource_usage_views.xml",
        "views/crm_lead_views.xml",
        "views/res_config_settings_views.xml",
        "views/portal_resource_templates.xml",
        "views/portal_search_templates.xml",
        "views/menus.xml",
    ],
    "demo": ["demo/crm_reseller_resource_demo.xml"],
    "assets": {
        "web.assets_frontend": [
            "crm_reseller_resource/static/src/css/reseller_resources.css"
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
