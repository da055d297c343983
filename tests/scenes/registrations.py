"""A reseller with a registration that was returned with a question."""

from __future__ import annotations

from .people import make_reseller, make_reseller_user


def main(env, login):
    """Return the link of the mail that asked, and the ids of registration and user."""
    company = make_reseller(env, "Registered", can_register_deal=True)
    user = make_reseller_user(env, login, company)
    registration = (
        env["crm.deal.registration"]
        .with_user(user)
        .sudo()
        ._create_draft(
            company,
            user.partner_id,
            {
                "name": "Ten looms",
                "new_company": True,
                "company_name": "Linum Weberei GmbH",
                "website": "www.linum.example",
                "vat": "223456789",
                "representative_id": user.partner_id.id,
            },
        )
    )
    registration._submit()
    registration._return_question("Which width?")
    token = registration._get_reseller_link_token("answer", user.partner_id, hours=24)
    return {
        "link": f"/my/registrations/link/{registration.id}/answer/{token}",
        "returned": registration.id,
        "company": company.id,
    }
