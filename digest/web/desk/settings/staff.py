"""Staff: who has an account and what they may do, and who is invited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi import FastAPI, Request, Response

from digest.app import staffing
from digest.app.staffing import Invited
from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Role, Staff
from digest.jobs import access, approvals, webhooks
from digest.jobs import staffing as accounts
from digest.jobs.staffing import ARTICLE, By
from digest.web.desk.cookies import Said, undo
from digest.web.desk.frame import Desk

PATH = "/settings/staff"
#: each role with what it means
ROLES: Mapping[Role, str] = {
    Role.EDITOR: "Edits editions, sends tests, reads everything of editions.",
    Role.APPROVER: "Also approves, takes back, pauses, resumes, cancels, sends again and corrects.",
    Role.ADMIN: "Also changes settings, people and staff.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Somebody with an account, as the list shows them."""

    staff: Staff
    #: the only one who may change staff: neither removed nor made something else
    last_admin: bool
    #: it is who looks at it
    me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """The form that invites, with what was typed; and the link that was just made, where it could not be mailed."""

    name: str = ""
    address: str = ""
    role: str = str(Role.EDITOR)
    faults: Mapping[str, str] = field(default_factory=dict)
    made: Invited | None = None


NOT_INVITING = Inviting()


class StaffPages:
    """The routes of the list of staff."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def show(self, request: Request) -> Response:
        """Show who has an account, and who is invited."""
        return self._shown(request)

    def invite(self, request: Request) -> Response:
        """Invite somebody by mail."""
        fields = self._desk.fields(request)
        name, address, role = fields.one("name"), fields.one("address"), fields.one("role")
        typed = Inviting(name=name, address=address, role=role)
        if role not in set(Role):
            return self._shown(request, 422, _with(typed, {"role": "Choose what they may do."}))
        try:
            made = staffing.invite(self._app, self._by(request), name, address, Role(role))
        except Unfit as fault:
            return self._shown(request, 422, _with(typed, fault.faults))
        return self._invited(request, made)

    def invite_again(self, request: Request, invitation: str) -> Response:
        """Mail an invitation another link."""
        return self._invited(request, staffing.invite_again(self._app, self._by(request), invitation))

    def withdraw(self, request: Request, invitation: str) -> Response:
        """Let an invitation work no more."""
        name = accounts.withdraw(self._app.store, self._app.clock, self._by(request), invitation)
        return self._desk.redirect(request, PATH, Said(words=f"The invitation of {name} works no more."))

    def set_role(self, request: Request, staff: str) -> Response:
        """Say what somebody may do."""
        role = self._desk.fields(request).one("role")
        if role not in set(Role):
            return self._shown(request, 422, trouble=Refused("There is no such role.", "Choose one of the list."))
        try:
            before = accounts.set_role(self._app.store, self._app.clock, self._by(request), staff, Role(role))
        except Refused as fault:
            return self._shown(request, 409, trouble=fault)
        words = f"{before.name} is {ARTICLE[Role(role)]} now."
        if before.id == self._desk.who(request).id and role != Role.ADMIN:
            # they may look at this page no more, nor take it back
            return self._desk.redirect(request, "/settings", Said(words=words))
        back = undo(f"{PATH}/{staff}/role", role=str(before.role))
        return self._desk.redirect(request, PATH, Said(words=words, acts=(back,)))

    def ask_to_reset(self, request: Request, staff: str) -> Response:
        """Say what it means to take somebody's second factor away, before it is done."""
        return self._desk.page(request, "reset_factor", staff=accounts.somebody(self._app.store, staff))

    def reset_factor(self, request: Request, staff: str) -> Response:
        """Take away the second factor of who has lost it."""
        try:
            found = accounts.reset_factor(self._app.store, self._app.clock, self._by(request), staff)
        except Refused as fault:
            return self._shown(request, 409, trouble=fault)
        words = f"{found.name} has no second factor any more, and is logged out everywhere."
        return self._desk.redirect(request, PATH, Said(words=words))

    def ask(self, request: Request, staff: str) -> Response:
        """Say what it means to take somebody's account away, before it is done."""
        return self._asked(request, accounts.somebody(self._app.store, staff))

    def remove(self, request: Request, staff: str) -> Response:
        """Take somebody's account away."""
        try:
            found = accounts.remove(self._app.store, self._app.clock, self._by(request), staff)
        except Refused as fault:
            return self._asked(request, accounts.somebody(self._app.store, staff), 409, fault)
        if found.id == self._desk.who(request).id:
            return self._desk.redirect(request, "/log-in")
        return self._desk.redirect(request, PATH, Said(words=f"{found.name} has no account any more."))

    def _invited(self, request: Request, made: Invited) -> Response:
        if made.link:
            return self._shown(request, inviting=Inviting(made=made))
        words = f"{made.name} is invited: a mail is on its way to {made.address}."
        return self._desk.redirect(request, PATH, Said(words=words))

    def _shown(
        self,
        request: Request,
        status: int = 200,
        inviting: Inviting = NOT_INVITING,
        trouble: Refused | NotFound | None = None,
    ) -> Response:
        every, asks = access.everybody(self._app.store), self._desk.who(request)
        admins = [one for one in every if one.role == Role.ADMIN]
        return self._desk.page(
            request,
            "staff",
            status,
            rows=[Row(staff=one, last_admin=admins == [one], me=one.id == asks.id) for one in every],
            invitations=accounts.invitations(self._app.store, self._app.clock),
            inviting=inviting,
            trouble=trouble,
            doubts=approvals.doubts(self._app.store, self._app.loaded.workspace.newsletters),
            roles=ROLES,
            everybody=self._app.loaded.workspace.desk.second_factor == "everybody",
        )

    def _asked(self, request: Request, staff: Staff, status: int = 200, trouble: Refused | None = None) -> Response:
        last = accounts.is_last_admin(self._app.store, staff)
        return self._desk.page(
            request,
            "remove_staff",
            status,
            staff=staff,
            last_admin=last,
            myself=staff.id == self._desk.who(request).id,
            hooks=[webhooks.host(one) for one, _ in webhooks.every(self._app.store) if one.staff == staff.id],
            trouble=trouble,
        )

    def _by(self, request: Request) -> By:
        return By(name=self._desk.who(request).name, whence=self._desk.whence(request))


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = StaffPages(desk)
    web.get(PATH)(routes.show)
    web.post(PATH)(routes.invite)
    web.post(f"{PATH}/invitations/{{invitation}}/again")(routes.invite_again)
    web.post(f"{PATH}/invitations/{{invitation}}/withdraw")(routes.withdraw)
    web.post(f"{PATH}/{{staff}}/role")(routes.set_role)
    web.get(f"{PATH}/{{staff}}/reset-second-factor")(routes.ask_to_reset)
    web.post(f"{PATH}/{{staff}}/reset-second-factor")(routes.reset_factor)
    web.get(f"{PATH}/{{staff}}/remove")(routes.ask)
    web.post(f"{PATH}/{{staff}}/remove")(routes.remove)


def _with(typed: Inviting, faults: Mapping[str, str]) -> Inviting:
    return replace(typed, faults=faults)
