{
    "name": "Test: A Second Order Line",
    "summary": "For tests only: a second line and a payment term on the dealer's order",
    "version": "17.0.1.0.0",
    "category": "Hidden/Tests",
    "license": "LGPL-3",
    "author": "Reseller Suite maintainers",
    "depends": ["crm_dealer_push"],
}
