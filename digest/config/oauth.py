"""The sign-in of a mail server (OAuth 2.0): where known providers have it, and what [server.oauth] must fulfil."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from digest.config.lines import ValuePath
from digest.domain.model import OAuth, Server

#: the environment variable that holds what proves to the provider that this program asks
CLIENT_SECRET_VARIABLE = "DIGEST_SMTP_CLIENT_SECRET"
#: what the [server] without an id is called where several are told apart
FIRST = "server"

# a domain, a GUID, or one of common, organizations and consumers
_TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
# RFC 6749 3.3
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_OWN = ("authorize_url", "token_url", "scopes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a provider has its sign-in, and what it is to be asked for."""

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    #: further parameters of the address that a person opens
    extra: Mapping[str, str] = field(default_factory=dict)
    #: how the provider wants this machine to be called in the address that the browser comes back to
    loopback: str = "127.0.0.1"


def endpoints(oauth: OAuth) -> Endpoints:
    """Return where a checked setting leads."""
    if oauth.provider == "google":
        return Endpoints(
            authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
            token_url="https://oauth2.googleapis.com/token",  # noqa: S106 (no password)
            scopes=("https://mail.google.com/",),
            # without these it gives something that lasts only the first time that somebody signs in
            extra={"access_type": "offline", "prompt": "consent"},
        )
    if oauth.provider == "microsoft":
        at = f"https://login.microsoftonline.com/{oauth.tenant}/oauth2/v2.0"
        return Endpoints(
            authorize_url=f"{at}/authorize",
            token_url=f"{at}/token",
            scopes=("https://outlook.office.com/SMTP.Send", "offline_access"),
            extra={"prompt": "select_account"},
            # its forms register no other name of this machine
            loopback="localhost",
        )
    return Endpoints(authorize_url=oauth.authorize_url, token_url=oauth.token_url, scopes=oauth.scopes)


def faults(server: Server) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield the faults of a mail server's sign-in, with paths that begin inside the server's table."""
    oauth = server.oauth
    if oauth is None:
        return
    if server.id == FIRST:
        yield ("id",), f"“{FIRST}” is what [server] itself is called.", "Give the further server another id."
    if not _user(server.url):
        what = "The address names nobody who could sign in."
        yield (
            ("url",),
            what,
            "Write it with the mailbox before the host: smtp://news%40example.org@smtp.example.org:587.",
        )
    if not oauth.client_id.strip():
        yield ("oauth", "client_id"), "“client_id” is empty.", "Write what the provider calls this program."
    if oauth.provider is None:
        yield from _own(oauth)
    for name in _OWN if oauth.provider is not None else ():
        if getattr(oauth, name):
            what = f"“{name}” is known for {oauth.provider}."
            yield ("oauth", name), what, "Remove it, or remove provider and give all of your own."
    if oauth.tenant != "common" and oauth.provider != "microsoft":
        yield ("oauth", "tenant"), "Only Microsoft has tenants.", 'Remove it, or write provider = "microsoft".'
    elif not _TENANT.fullmatch(oauth.tenant):
        mend = "Write your organisation's domain, its id, or common."
        yield ("oauth", "tenant"), f"“{oauth.tenant}” is no tenant.", mend


def _own(oauth: OAuth) -> Iterator[tuple[ValuePath, str, str]]:
    for name in _OWN:
        if not getattr(oauth, name):
            yield ("oauth",), f"“{name}” is missing.", 'Add it, or write provider = "google" or "microsoft".'
    for name in ("authorize_url", "token_url"):
        value = getattr(oauth, name)
        if value and not _is_safe(value):
            mend = "Write it as the provider gives it; what is sent there must not be read on the way."
            yield ("oauth", name), f"“{value}” is no https address.", mend
    for scope in oauth.scopes:
        if not _SCOPE.fullmatch(scope):
            yield ("oauth", "scopes"), f"“{scope}” is no scope.", "Give a text each, without spaces inside."


def _user(url: str) -> str:
    try:
        return urlsplit(url).username or ""
    except ValueError:
        # it is a fault of its own
        return url


def _is_safe(address: str) -> bool:
    """Tell whether what is sent to an address can be read there alone: https, or this machine (RFC 6749 3.1, 3.2)."""
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        return False
    return named and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
