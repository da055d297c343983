from odoo import _, fields, models
from odoo.exceptions import UserError

from odoo.addons.crm_contact_keys.lib.customers import compare
from odoo.addons.crm_contact_keys.lib.texts import (
    domain_of,
    normalise_emails,
    normalise_name,
    normalise_vat,
)

from ..const import OPEN_STATES, PROTECTED

MOST_CONFLICTS = 40


class CrmDealRegistration(models.Model):
    """Who else knows the customer of a registration."""

    _inherit = "crm.deal.registration"

    # ------------------------------------------------------------
    # WHO THE CUSTOMER IS
    # ------------------------------------------------------------

    def _get_claim_keys(self):
        """Return what identifies the customer, as ``kind:value``. Hook.

        Free mail providers, and the reseller's own domain and addresses, identify no
        customer.

        :return: sorted list of text
        """
        self.ensure_one()
        registration = self.sudo()
        generic = self.env["crm.contact.generic"]._get_generic()
        company = registration.partner_id.commercial_partner_id
        vats = [registration.vat if registration.new_company else "", company.vat]
        emails = normalise_emails(registration.email or "")
        own = {
            domain_of(text)
            for text in (
                registration.reseller_id.email,
                registration.reseller_id.website,
            )
            if text
        }
        sites = [registration.website if registration.new_company else ""]
        sites += [company.website, company.email, *emails]
        domains = {domain_of(text) for text in sites if text} - own
        keys = {f"vat:{normalise_vat(text)}" for text in vats if normalise_vat(text)}
        keys |= {
            f"domain:{domain}"
            for domain in domains
            if generic.is_company_domain(domain)
        }
        keys |= {
            f"email:{email}"
            for email in generic.filter_proving(emails)
            if domain_of(email) not in own
        }
        if company:
            keys.add(f"partner:{company.id}")
        return sorted(keys)

    def _identify_customer(self):
        """Return the customer as ``crm.contact.key`` compares it."""
        self.ensure_one()
        registration = self.sudo()
        company = registration.partner_id
        new = registration.new_company
        return self.env["crm.contact.key"]._identify(
            emails=[registration.email or "", company.email or ""],
            phones=[registration.phone or "", company.phone or ""],
            website=(registration.website if new else company.website) or "",
            vat=(registration.vat if new else company.vat) or "",
            company=(registration.company_name if new else company.name) or "",
            contact=registration._get_contact_name(),
            region=(company.country_id or registration.company_id.country_id).code
            or "",
        )

    def _find_known_companies(self):
        """Return the companies with this tax number, website or name, best first."""
        self.ensure_one()
        if not self.new_company:
            return self.partner_id
        found = self._search_companies(self.company_name, self.website, self.vat)
        companies = found["vat"] | found["website"] | found["company_name"]
        return companies

    def _search_companies(self, name, website, vat):
        """Find companies by what must be unique. Elevated.

        :param str name: of the company
        :param str website: its address
        :param str vat: its tax number
        :return: dict of res.partner by ``company_name``, ``website`` and ``vat``
        """
        Partner = self.env["res.partner"].sudo()
        domain = domain_of(website or "")
        number = normalise_vat(vat or "")
        countries = self.env["res.country"].sudo().search([], limit=None)
        codes = countries.mapped("code")
        numbers = [number, *(f"{code}{number}" for code in codes)] if number else []
        company = ("is_company", "=", True)

        def find(wanted, *condition):
            # few have the same; with a limit PostgreSQL would read all of them by name
            found = Partner.search([company, *condition]) if wanted else Partner
            return found[:5]

        name_key = normalise_name(name or "")
        return {
            "company_name": find(name_key, ("contact_name_key", "=", name_key)),
            "website": find(
                domain,
                "|",
                ("contact_domain_key", "=", domain),
                ("registration_domain", "=", domain),
            ),
            # with and without the country before the digits
            "vat": find(number, ("contact_vat_key", "in", numbers)),
        }

    # ------------------------------------------------------------
    # CONFLICTS
    # ------------------------------------------------------------

    def _update_conflicts(self, keep_answer=False):
        """Look again for what is known of the customer.

        :param bool keep_answer: whether the reseller's answer stays as it was told
        """
        self.ensure_one()
        lines = self._find_conflicts()
        self.conflict_ids.unlink()
        self.env["crm.deal.registration.conflict"].sudo().create(
            [{"registration_id": self.id, **line} for line in lines]
        )
        vals = {
            "company_known": self.new_company and bool(self._find_known_companies())
        }
        if not keep_answer:
            vals.update(self._get_answer_vals(lines))
        self.write(vals)

    def _find_conflicts(self):
        """Return similar registrations, leads and contacts. Elevated.

        :return: list of dict of values for ``crm.deal.registration.conflict``
        """
        customer = self._identify_customer()
        lines = [
            self._prepare_conflict("registration", other, strength, reasons)
            for other, strength, reasons in self._find_similar_registrations(customer)
        ]
        [matches] = self.env["crm.contact.key"]._find_matches([customer])
        for record, match in matches[:MOST_CONFLICTS]:
            if record == self.lead_id or record in (self.partner_id, self.contact_id):
                continue
            if not self._is_near_match(record, match):
                continue
            kind = "lead" if record._name == "crm.lead" else "customer"
            lines.append(
                self._prepare_conflict(kind, record, match.strength, match.reasons)
            )
        return lines

    def _is_near_match(self, record, match):
        """Tell whether a name that agrees is that of a company in the same country.

        :param record: crm.lead or res.partner
        :param match: ``Match``
        :rtype: bool
        """
        kinds = {kind for kind, _value in match.reasons}
        if kinds - {"company", "contact"}:
            return True
        ours = self.partner_id.country_id or self.company_id.country_id
        theirs = record.country_id
        return not (ours and theirs) or ours == theirs

    def _find_similar_registrations(self, customer):
        """Return open and protected registrations of the same customer.

        :param customer: ``Customer``
        :return: list of registration, strength and reasons
        """
        keys = self._get_claim_keys()
        Registration = self.env["crm.deal.registration"].sudo()
        alive = [
            ("id", "!=", self.id),
            ("company_id", "=", self.company_id.id),
            "|",
            ("state", "in", OPEN_STATES),
            ("protection", "in", PROTECTED),
        ]
        found = Registration.search(
            [*alive, ("claim_ids.name", "in", keys)], order="submitted_on, id"
        )
        names = [self.customer_name] if self.customer_name else []
        found |= Registration.search(
            [*alive, ("customer_name", "in", names)],
            order="submitted_on, id",
            limit=MOST_CONFLICTS,
        )
        result = []
        for other in found:
            match = compare(customer, other._identify_customer())
            shared = set(keys) & set(other.claim_ids.mapped("name"))
            strength = "proof" if shared else match.strength
            reasons = match.reasons or [key.split(":", 1) for key in sorted(shared)]
            if strength != "none":
                result.append((other, strength, reasons))
        return result

    def _prepare_conflict(self, kind, record, strength, reasons):
        since = record.submitted_on if kind == "registration" else record.create_date
        reseller = record.browse() if kind == "customer" else record.reseller_id
        return {
            "kind": kind,
            "name": record.display_name or "-",
            "reseller_id": reseller.id,
            "strength": strength,
            "reasons": ", ".join(f"{key}: {value}" for key, value in reasons),
            "known_since": since,
            "res_id": record.id,
        }

    def _get_answer_vals(self, lines):
        """Return what the reseller is told at once; it names no one.

        :param list lines: from ``_find_conflicts``
        :return: dict of ``answer`` and ``answer_until``
        """
        proofs = [line for line in lines if line["strength"] == "proof"]
        others = self.browse(
            [line["res_id"] for line in proofs if line["kind"] == "registration"]
        )
        foreign = others.filtered(lambda other: other.reseller_id != self.reseller_id)
        protected = foreign.filtered(lambda other: other.protection in PROTECTED)
        if protected:
            until = max(protected.mapped("protected_until"))
            return {"answer": "protected", "answer_until": until}
        mine = [
            line
            for line in proofs
            if line["kind"] != "customer" and line["reseller_id"] == self.reseller_id.id
        ]
        if mine and not foreign:
            return {"answer": "yours", "answer_until": False}
        known = bool(foreign or proofs) or not self.new_company
        if known and not foreign and not proofs:
            # an existing company that was chosen, without any deal
            known = False
        return {"answer": "known" if known else "free", "answer_until": False}

    # ------------------------------------------------------------
    # WHOSE CUSTOMER IT IS
    # ------------------------------------------------------------

    def _claim_customer(self):
        """Make the customer this registration's, unless it is another one's.

        All of its keys, or none: of two registrations of one customer, one at most
        holds it.

        :return: whether the customer is this registration's
        :rtype: bool
        """
        self.ensure_one()
        keys = self._get_claim_keys()
        if not keys:
            return False
        Claim = self.env["crm.deal.registration.claim"].sudo()
        taken = Claim.search(
            [
                ("company_id", "=", self.company_id.id),
                ("name", "in", keys),
                ("registration_id", "!=", self.id),
            ]
        )
        if taken:
            self.claim_ids.unlink()
            return False
        missing = set(keys) - set(self.claim_ids.mapped("name"))
        Claim.create(
            [
                {
                    "registration_id": self.id,
                    "company_id": self.company_id.id,
                    "name": key,
                }
                for key in sorted(missing)
            ]
        )
        # another transaction may have been faster: it is refused here, not at the end
        self.env.flush_all()
        return True

    def _release_customer(self):
        """Give the customer free again; the next in line can be protected."""
        self.claim_ids.unlink()
        self.invalidate_recordset(["claim_ids"])

    def _override(self, reason, documents):
        """Move the customer's protection here, because the customer says so in writing.

        :param str reason: why
        :param documents: ir.attachment, what the customer wrote
        :raises UserError: without a reason or a document, or in a wrong state
        """
        self.ensure_one()
        if not (reason and documents):
            raise UserError(_("Give a reason and add what the customer wrote."))
        keys = self._get_claim_keys()
        self.env["crm.contact.key"]._reserve(keys)
        self._lock_rows()
        if self.state not in ("submitted", "qualified"):
            raise UserError(_("This registration is not open."))
        Claim = self.env["crm.deal.registration.claim"].sudo()
        losers = Claim.search(
            [
                ("company_id", "=", self.company_id.id),
                ("name", "in", keys),
                ("registration_id", "!=", self.id),
            ]
        ).registration_id
        losers._lose_customer(reason, self.reseller_id)
        self._claim_customer()
        if self.state == "submitted":
            self._qualify(kind="moved")
        else:
            self._grant_protection()
            self._tell_reseller(
                "moved",
                lambda self: (
                    _(
                        "The customer confirmed you in writing: the deal is protected "
                        "until %(day)s.",
                        day=self._format_day(self.protected_until),
                    )
                    if self.protection == "granted"
                    else _("The customer confirmed you in writing.")
                ),
            )
        documents.sudo().write({"res_model": self._name, "res_id": self.id})
        self.message_post(
            body=_("The protection was moved here: %(reason)s", reason=reason),
            attachment_ids=documents.ids,
            subtype_xmlid="mail.mt_note",
        )

    def _lose_customer(self, reason, reseller):
        """The customer decided for another registration; its reseller is not named.

        :param str reason: for the team
        :param reseller: res.partner, whose registration gets the customer
        """
        self._lock_rows()
        for loser in self:
            loser._release_customer()
            if loser.protection in PROTECTED:
                loser.write(
                    {"protection": "lapsed", "lapsed_on": fields.Datetime.now()}
                )
            loser._log_note(_("The protection was moved: %(reason)s", reason=reason))
            if loser.reseller_id == reseller:
                loser._tell_reseller(
                    "moved",
                    lambda self: _(
                        "The customer's protection was moved to another registration "
                        "of your company."
                    ),
                )
                continue
            loser._tell_reseller(
                "moved",
                lambda self: _(
                    "The customer decided in writing to work with somebody else: this "
                    "deal is not protected."
                ),
            )
