"""Roles: what each route needs at least, and what is said to who has less.

A route that stands neither here nor in guard.OPEN is served to nobody. Whoever adds one gives it a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.domain import spoken
from digest.domain.model import Role
from digest.jobs.staffing import ARTICLE

E, AP, AD = Role.EDITOR, Role.APPROVER, Role.ADMIN

#: method and path, as they were added -> the least role
LEAST: dict[str, Role] = {
    "GET /": E,
    "GET /editions": E,
    "POST /editions": E,
    "GET /editions/new": E,
    "GET /find": E,
    # one edition: read and mended by everybody
    "GET /editions/{edition}": E,
    "GET /editions/{edition}/wall": E,
    "GET /editions/{edition}/mail/{slug}.{ending}": E,
    "GET /editions/{edition}/history": E,
    "GET /editions/{edition}/news": E,
    "GET /editions/{edition}/review": E,
    "GET /editions/{edition}/sending": E,
    "GET /editions/{edition}/live": E,
    "GET /editions/{edition}/people/{outcome}": E,
    "GET /editions/{edition}/report": E,
    "GET /editions/{edition}/report.zip": E,
    "POST /editions/{edition}/write": E,
    "POST /editions/{edition}/undo": E,
    "POST /editions/{edition}/redo": E,
    "POST /editions/{edition}/blocks": E,
    "POST /editions/{edition}/blocks/{block}/remove": E,
    "POST /editions/{edition}/themes/{theme}/put": E,
    "POST /editions/{edition}/stories/{story}/move": E,
    "POST /editions/{edition}/stories/{story}/keep": E,
    "POST /editions/{edition}/stories/{story}/always": E,
    "POST /editions/{edition}/stories/{story}/put": E,
    "POST /editions/{edition}/stories/{story}/place": E,
    "POST /editions/{edition}/stories/{story}/pin": E,
    "POST /editions/{edition}/stories/{story}/leave-out": E,
    "POST /editions/{edition}/stories/{story}/take": E,
    "POST /editions/{edition}/stories/{story}/put-back": E,
    "POST /editions/{edition}/stories/{story}/add": E,
    "POST /editions/{edition}/test": E,
    "POST /editions/{edition}/check-links": E,
    "GET /editions/{edition}/rehearsal": E,
    "GET /editions/{edition}/rehearsal/live": E,
    "GET /editions/{edition}/rehearsal/{number}": E,
    "GET /editions/{edition}/rehearsal/{number}.{ending}": E,
    "POST /editions/{edition}/rehearse": E,
    "POST /editions/{edition}/rehearsal/stop": E,
    "POST /editions/{edition}/invite": E,
    "POST /editions/{edition}/withdraw": E,
    "POST /editions/{edition}/settle": E,
    # what decides whether, when and to whom it goes
    "POST /editions/{edition}/approve": AP,
    "POST /editions/{edition}/take-back": AP,
    "POST /editions/{edition}/send-now": AP,
    "POST /editions/{edition}/pause": AP,
    "POST /editions/{edition}/resume": AP,
    "GET /editions/{edition}/cancel": AP,
    "POST /editions/{edition}/cancel": AP,
    "POST /editions/{edition}/retry": AP,
    "POST /editions/{edition}/send-again": AP,
    "POST /editions/{edition}/leave": AP,
    "POST /editions/{edition}/correct": AP,
    # where stories come from, and how they are grouped
    "GET /sources": E,
    "POST /sources": E,
    "POST /sources/-/try": E,
    "GET /sources/-/tries/{key}": E,
    "POST /sources/-/ask": E,
    "GET /sources/{newsletter}/{source}": E,
    "POST /sources/{newsletter}/{source}": E,
    "GET /sources/{newsletter}/{source}/remove": E,
    "POST /sources/{newsletter}/{source}/remove": E,
    "GET /themes": E,
    "POST /themes/{newsletter}/-/order": E,
    "POST /themes/{newsletter}/-/rules": E,
    "POST /themes/{newsletter}/-/rules/remove": E,
    "POST /themes/{newsletter}/-/suggestions": E,
    "GET /themes/{newsletter}/-/suggestions/{key}": E,
    "GET /themes/{newsletter}": E,
    "POST /themes/{newsletter}": E,
    "GET /themes/{newsletter}/{theme}": E,
    "POST /themes/{newsletter}/{theme}": E,
    "GET /themes/{newsletter}/{theme}/remove": E,
    "POST /themes/{newsletter}/{theme}/remove": E,
    # people: anybody of staff helps a reader; what is for many, or for good, is an admin's
    "GET /subscribers": E,
    "GET /subscribers/new": E,
    "POST /subscribers": E,
    "GET /subscribers/growth": E,
    "GET /subscribers/{person}": E,
    "GET /subscribers/{person}/why/{edition}": E,
    "POST /subscribers/{person}/choose": E,
    "POST /subscribers/{person}/pause": E,
    "POST /subscribers/{person}/leave": E,
    "POST /subscribers/{person}/keep-off": E,
    "GET /subscribers/export.csv": AD,
    "GET /subscribers/import": AD,
    "POST /subscribers/import": AD,
    "GET /subscribers/import/{file}": AD,
    "GET /subscribers/import/{file}/refused.csv": AD,
    "POST /subscribers/import/{file}/look": AD,
    "POST /subscribers/import/{file}/take-in": AD,
    "POST /subscribers/import/{file}/remove": AD,
    "GET /subscribers/{person}/held.json": AD,
    "GET /subscribers/{person}/erase": AD,
    "POST /subscribers/{person}/erase": AD,
    "GET /segments": E,
    "GET /segments/new": AD,
    "POST /segments/new": AD,
    "GET /segments/{newsletter}/{segment}": E,
    "POST /segments/{newsletter}/{segment}": AD,
    "POST /segments/{newsletter}/{segment}/move": AD,
    "GET /segments/{newsletter}/{segment}/remove": AD,
    "POST /segments/{newsletter}/{segment}/remove": AD,
    # settings/putting_back.py looks whose change it was
    "POST /settings/put-back": E,
    # how the program works, and in whose name
    "GET /settings/begin": AD,
    "POST /settings/begin/put-away": AD,
    "POST /settings/begin/take-up": AD,
    "GET /settings/begin/brand": AD,
    "POST /settings/begin/brand": AD,
    "GET /settings/begin/sender": AD,
    "POST /settings/begin/sender": AD,
    "GET /settings/begin/dns": AD,
    "POST /settings/begin/dns": AD,
    "GET /settings/begin/source": AD,
    "POST /settings/begin/source": AD,
    "POST /settings/begin/source/look": AD,
    "GET /settings/begin/people": AD,
    "POST /settings/begin/people": AD,
    "GET /settings/begin/schedule": AD,
    "POST /settings/begin/schedule": AD,
    "GET /settings/begin/draft": AD,
    "POST /settings/begin/draft": AD,
    "GET /settings/newsletters": AD,
    "GET /settings/newsletters/{newsletter}": AD,
    "POST /settings/newsletters/{newsletter}": AD,
    "GET /settings/brand": AD,
    "POST /settings/brand": AD,
    "GET /settings/telling": AD,
    "POST /settings/telling": AD,
    "GET /settings/servers": AD,
    "POST /settings/servers": AD,
    "GET /settings/servers/{server}": AD,
    "POST /settings/servers/{server}": AD,
    "POST /settings/servers/{server}/remove": AD,
    "POST /settings/servers/{server}/test": AD,
    "GET /settings/dkim": AD,
    "POST /settings/dkim": AD,
    "POST /settings/dkim/look": AD,
    "POST /settings/dkim/use": AD,
    "POST /settings/dkim/leave": AD,
    # one's own
    "POST /log-out": E,
    "POST /colours": E,
    "POST /keys": E,
    "GET /settings": E,
    "GET /settings/account": E,
    "POST /settings/account": E,
    "POST /settings/account/phrase": E,
    "POST /settings/account/end": E,
    "POST /settings/account/end-others": E,
    "GET /settings/account/second-factor": E,
    "POST /settings/account/second-factor": E,
    "POST /settings/account/second-factor/codes": E,
    "POST /settings/account/second-factor/off": E,
    # staff
    "GET /settings/staff": AD,
    "POST /settings/staff": AD,
    "POST /settings/staff/invitations/{invitation}/again": AD,
    "POST /settings/staff/invitations/{invitation}/withdraw": AD,
    "POST /settings/staff/{staff}/role": AD,
    "GET /settings/staff/{staff}/reset-second-factor": AD,
    "POST /settings/staff/{staff}/reset-second-factor": AD,
    "GET /settings/staff/{staff}/remove": AD,
    "POST /settings/staff/{staff}/remove": AD,
    "GET /settings/history": AD,
    "GET /settings/workers": AD,
    # programs
    "GET /settings/api": AD,
    "POST /settings/api/tokens": AD,
    "POST /settings/api/tokens/withdraw": AD,
    "POST /settings/api/webhooks": AD,
    "POST /settings/api/webhooks/renew": AD,
    "POST /settings/api/webhooks/end": AD,
}
#: so many are named who can do it instead
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What whoever looks at a page may do: `may` in every template."""

    edit: bool = False
    approve: bool = False
    administer: bool = False


def may(role: Role | None) -> May:
    """Return what a role may do; None: of who is not logged in."""
    if role is None:
        return May()
    return May(edit=role.may(E), approve=role.may(AP), administer=role.may(AD))


def only(least: Role, able: Sequence[str]) -> str:
    """Say that something is for others. able: names of who can do it."""
    asked = spoken.listed(able[:_MOST_NAMED], "or")
    return f"Only {ARTICLE[least]} can do this." + (f" Ask {asked}." if asked else "")
