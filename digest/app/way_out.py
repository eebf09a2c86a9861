"""The way out: the configured mail servers, each with its password and what it took in the last day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest import config
from digest.app import passwords
from digest.domain.errors import ConfigurationError, NotFound
from digest.domain.model import Server, Tls
from digest.stages.quota import messages_on
from digest.transports.smtp import DAY, Account, Passing, Secrets, Smtp

if TYPE_CHECKING:
    from digest.app import App
    from digest.app.sharing import Share


def way_out(app: App, url: str = "", tls: Tls | None = None, share: Share | None = None) -> Smtp:
    """Return the transport of a workspace; url, tls: those of another server, which takes the place of all of them;
    share: what others leave of it.

    Raises ConfigurationError.
    """
    configured = app.loaded.workspace.server
    chosen = replace(configured, url=url or configured.url, tls=tls or configured.tls)
    if url:
        # somebody signed in for the configured one, and its tokens are for nobody else
        chosen = replace(chosen, oauth=None)
        config.check_server(chosen)
    accounts = [_account(app, chosen, "")]
    if not url:
        accounts += [_account(app, one, one.id) for one in app.loaded.workspace.servers]
    limited = app.loaded.workspace.domains
    if share is not None:
        accounts = [_shared(app, account, share) for account in accounts]
        limited = tuple(share.of_domain(one) for one in limited)
    if not limited:
        return Smtp(accounts, clock=app.clock)
    # dnspython takes a tenth of a second to load
    from digest.net.exchangers import Exchangers

    exchangers = Exchangers()
    limits = {exchangers.provider_at_last(one.domain): one for one in limited}
    return Smtp(accounts, clock=app.clock, limits=limits, provider_of=exchangers.provider)


def _shared(app: App, account: Account, share: Share) -> Account:
    """Return a server with a part of its limits; what others may send today counts as sent."""
    server, now = account.server, app.clock()
    used = account.used
    if server.url in share.messages:
        theirs = messages_on(server, now.date()) - sum(count for _, count in used) - share.messages[server.url]
        used = (*used, (now.replace(second=0, microsecond=0), max(0, theirs)))
    return replace(account, server=share.of_server(server), used=used)


def one_of(app: App, name: str, seconds: int) -> Smtp:
    """Return a transport that knows one server alone, and waits no longer than so many seconds for each of its answers.

    name: its id, empty for [server]. Raises NotFound, ConfigurationError.
    """
    workspace = app.loaded.workspace
    known = {"": workspace.server, **{one.id: one for one in workspace.servers}}
    if name not in known:
        raise NotFound(f"There is no mail server “{name}”.", "Open the page of the mail servers again.")
    chosen = replace(known[name], timeout=min(known[name].timeout, seconds))
    return Smtp([_account(app, chosen, name)], clock=app.clock)


def _account(app: App, server: Server, name: str) -> Account:
    """Return a server as it is known; name: what the variables of its secrets end with."""
    with app.store.reading() as session:
        used = session.usage.since(server.url, app.clock() - DAY)
    return Account(server=server, secrets=_secrets(app, server, name), used=tuple(used))


def _secrets(app: App, server: Server, name: str) -> Secrets:
    password = config.password(name) or passwords.kept(app.loaded.folder, name, server)
    if not config.token(name):
        return _signed_in(app, server, name, password)

    def token(refused: str) -> str:
        # another program keeps it fresh, and may be writing it just now
        try:
            return config.token(name)
        except ConfigurationError as fault:
            raise Passing(fault.what, fault.mend) from fault

    return Secrets(password=password, token=token, mend="Check the user in [server] and DIGEST_SMTP_TOKEN")


def _signed_in(app: App, server: Server, name: str, password: str) -> Secrets:
    if server.oauth is None:
        return Secrets(password=password)
    # oauthlib takes a while to load, and most servers want a password
    from digest.app.tokens import Mailbox, Tokens

    mailbox = Mailbox(app.loaded.folder, name, server, server.oauth)
    mend = f"Sign in again with {mailbox.again}, as {mailbox.user}"
    return Secrets(password=password, token=Tokens(mailbox, app.clock), mend=mend)
