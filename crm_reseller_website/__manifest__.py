{
    "name": "Reseller Pages",
    "summary": "Show your resellers on the website, by country and level",
    "version": "17.0.1.0.0",
    "category": "Website/Website",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_reseller_base", "website", "website_partner"],
    "data": [
        "data/website_menu_data.xml",
        "views/crm_reseller_level_views.xml",
        "views/res_partner_views.xml",
        "views/website_templates.xml",
    ],
    "demo": ["demo/res_partner_demo.xml"],
    "assets": {
        "web.assets_frontend": [
            "crm_reseller_website/static/src/scss/reseller_pages.scss",
        ],
    },
    "auto_install": ["crm_reseller_base", "website"],
}
