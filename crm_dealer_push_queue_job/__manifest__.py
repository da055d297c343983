{
    "name": "Dealer Push with Job Queue",
    "summary": "OCA's queue_job creates the dealers' orders in the background",
    "version": "17.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "development_status": "Beta",
    "depends": ["crm_dealer_push", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "auto_install": True,
}
