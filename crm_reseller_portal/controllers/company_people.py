from functools import partial

from odoo.http import request

from ..forms import HandOverForm, InviteForm, RemoveForm, RoleForm
from .answers import LARGEST_ID
from .company import PATH, PEOPLE_SHOWN, ResellerCompany
from .routes import reseller_form_route, reseller_record_route

PERSON = f"{PATH}/people/<int:person_id>"


class ResellerCompanyPeople(ResellerCompany):
    """The people of the company: invite, set roles, hand over, remove."""

    def _prepare_company_values(self, reseller_sudo):
        """Add the people and the open invitations.

        :param reseller_sudo: res.partner, elevated
        :return: dict of values for the template
        """
        user = request.env.user
        roles = reseller_sudo._get_reseller_roles_sudo()
        supervisor = user._is_reseller_supervisor()
        manages = supervisor and reseller_sudo.reseller_level_id.can_manage_people
        everybody = request.httprequest.args.get("people") == "all"
        shown = list(roles)[: None if everybody else PEOPLE_SHOWN]
        return {
            **super()._prepare_company_values(reseller_sudo),
            "me": user.partner_id,
            "people": [{"person": person, "role": roles[person]} for person in shown],
            "people_left_out": len(roles) - len(shown),
            "manages_people": manages,
            "invitations": self._search_invitations() if manages else (),
        }

    # ------------------------------------------------------------
    # INVITATIONS
    # ------------------------------------------------------------

    def _search_invitations(self, domain=()):
        """The open invitations of the company.

        :param domain: narrows them down
        :return: crm.reseller.people.change, elevated
        """
        Change = request.env["crm.reseller.people.change"].sudo()
        reseller_sudo = self._get_reseller_or_404()
        return Change.search_fetch(
            [*Change._get_open_invitations_domain(reseller_sudo), *domain],
            ["name", "email", "create_date", "state", "partner_id", "new_contact"],
        )

    def _find_invitation(self, change_id):
        """An open invitation of the company, for who manages its people.

        :param int change_id: as the address has it
        :return: crm.reseller.people.change, elevated, one or none
        """
        if change_id > LARGEST_ID or not request.env.user._is_reseller_supervisor():
            return request.env["crm.reseller.people.change"].sudo()
        return self._search_invitations([("id", "=", change_id)])

    @reseller_form_route(
        f"{PATH}/invite", methods=["POST"], form="_render_company_form"
    )
    def reseller_invite(self, **post):
        """Invite a person; the answer is the same whoever has the address.

        :param post: what the form sent
        :return: response
        """
        reseller_sudo = self._get_reseller_or_404()
        reseller_sudo._check_may_manage_people()
        form = InviteForm(post, self._get_formats())
        if form.errors:
            return self._render_company(form=form)
        reseller_sudo._reseller_invite(**form.values)
        return self._redirect_to_company("invited")

    @reseller_record_route(
        f"{PATH}/invitations/<int:change_id>/withdraw",
        find="_find_invitation",
        gone="_render_company_gone",
        methods=["POST"],
        form="_render_company_form",
    )
    def reseller_invitation_withdraw(self, change_sudo, **post):
        """Take an invitation back.

        :param change_sudo: crm.reseller.people.change, elevated
        :param post: what the form sent, ignored
        :return: response
        """
        self._get_reseller_or_404()._check_may_manage_people()
        change_sudo._withdraw()
        return self._redirect_to_company("withdrawn")

    # ------------------------------------------------------------
    # ONE PERSON
    # ------------------------------------------------------------

    def _find_person(self, person_id):
        """A person of the own company, for supervisors.

        :param int person_id: as the address has it
        :return: res.partner, elevated, one or none
        """
        user = request.env.user
        if person_id > LARGEST_ID or not user._is_reseller_supervisor():
            return request.env["res.partner"].sudo()
        return user._get_reseller_colleagues_sudo().filtered(
            lambda person: person.id == person_id
        )

    @reseller_record_route(PERSON, find="_find_person", gone="_render_company_gone")
    def reseller_person(self, person_sudo, **post):
        """Show a colleague, and what can be done about the access and the leads.

        :param person_sudo: res.partner, elevated
        :param post: further arguments of the address, ignored
        :return: response
        """
        return self._render_person(person_sudo)

    def _render_person(self, person_sudo, errors=None, typed=None, **post):
        """Show the page of a colleague.

        :param person_sudo: res.partner, elevated
        :param dict errors: sentence by name of field
        :param dict typed: text by name of field, as it was sent
        :param post: further arguments of the address, ignored
        :return: response
        """
        values = self._prepare_company_page(
            person_sudo.name, errors=errors or {}, typed=typed or {}
        )
        reseller_sudo = values["reseller"]
        roles = reseller_sudo._get_reseller_roles_sudo()
        values.update(
            person=person_sudo,
            person_path=f"{PATH}/people/{person_sudo.id}",
            role=roles.get(person_sudo),
            leads=self._count_leads_of(person_sudo),
            colleagues=[each for each in roles if each != person_sudo],
            is_me=person_sudo == request.env.user.partner_id,
            manages_people=reseller_sudo._may_manage_people(request.env.user),
        )
        return self._render_reseller_page(
            "crm_reseller_portal.portal_my_company_person", values
        )

    def _count_leads_of(self, person_sudo):
        """How many open leads and opportunities a person takes care of.

        :param person_sudo: res.partner, elevated
        :return: number
        """
        mine = ("reseller_contact_id", "=", person_sudo.id)
        Lead = request.env["crm.lead"].sudo()
        return Lead.search_count(self._search_visible([mine, *self._get_open_domain()]))

    def _get_other_people(self, person_sudo):
        """The colleagues who can take over from a person.

        :param person_sudo: res.partner, elevated
        :return: res.partner, elevated
        """
        return request.env.user._get_reseller_colleagues_sudo() - person_sudo

    @reseller_record_route(
        f"{PERSON}/role",
        find="_find_person",
        gone="_render_company_gone",
        methods=["POST"],
        form="_render_person",
    )
    def reseller_person_role(self, person_sudo, **post):
        """Make a colleague a user or a supervisor.

        :param person_sudo: res.partner, elevated
        :param post: what the form sent
        :return: response
        """
        reseller_sudo = self._get_reseller_or_404()
        return self._handle_form(
            RoleForm(post, self._get_formats()),
            partial(self._render_person, person_sudo),
            lambda values: reseller_sudo._reseller_set_role(
                person_sudo, values["role"]
            ),
            self._redirect_to_company("role"),
        )

    @reseller_record_route(
        f"{PERSON}/hand-over",
        find="_find_person",
        gone="_render_company_gone",
        methods=["POST"],
        form="_render_person",
    )
    def reseller_person_hand_over(self, person_sudo, **post):
        """Hand all leads of a person over to a colleague.

        :param person_sudo: res.partner, elevated
        :param post: what the form sent
        :return: response
        """
        others_sudo = self._get_other_people(person_sudo)
        reseller_sudo = self._get_reseller_or_404()
        return self._handle_form(
            HandOverForm(post, self._get_formats(), colleagues=set(others_sudo.ids)),
            partial(self._render_person, person_sudo),
            lambda values: reseller_sudo._reseller_hand_over_all(
                person_sudo, others_sudo.browse(values["colleague_id"])
            ),
            self._redirect_to_company("handed_over"),
        )

    @reseller_record_route(
        f"{PERSON}/remove",
        find="_find_person",
        gone="_render_company_gone",
        methods=["POST"],
        form="_render_person",
    )
    def reseller_person_remove(self, person_sudo, **post):
        """Take the access of a person away.

        :param person_sudo: res.partner, elevated
        :param post: what the form sent
        :return: response
        """
        others_sudo = self._get_other_people(person_sudo)
        reseller_sudo = self._get_reseller_or_404()
        return self._handle_form(
            RemoveForm(post, self._get_formats(), colleagues=set(others_sudo.ids)),
            partial(self._render_person, person_sudo),
            lambda values: reseller_sudo._reseller_remove_person(
                person_sudo, others_sudo.browse(values["colleague_id"] or [])
            ),
            self._redirect_to_company("removed_person"),
        )
