"""A customer's contact details as a vCard, which phones and mail programs read."""

import vobject
from vobject.vcard import Address, Name


def make_contact_card(view: dict) -> bytes:
    """A vCard of a lead's contact.

    :param view: see ``crm.lead._get_reseller_view``
    :return: the file
    """
    card = vobject.vCard()
    name = view["contact"] or view["company"] or view["title"]
    given, _blank, family = name.rpartition(" ")
    card.add("fn").value = name
    card.add("n").value = Name(family=family, given=given)
    if view["company"]:
        card.add("org").value = [view["company"]]
    if view["function"]:
        card.add("title").value = view["function"]
    for phone in view["phones"]:
        card.add("tel").value = phone
    if view["email"]:
        card.add("email").value = view["email"]
    if view["website"]:
        card.add("url").value = view["website"]
    place = [view[key] for key in ("street", "city", "state", "country")]
    if any(place):
        street, city, state, country = place
        card.add("adr").value = Address(
            street=street, city=city, region=state, country=country
        )
    return card.serialize().encode()
