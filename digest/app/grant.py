"""Grant: what is said to a mail provider's authorization server (OAuth 2.0, RFC 6749; PKCE, RFC 7636)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth2 import (
    AccessDeniedError,
    MismatchingStateError,
    MissingCodeError,
    MissingTokenError,
    OAuth2Error,
    WebApplicationClient,
)

from digest.config.oauth import Endpoints
from digest.domain.errors import FetchError, SignInFailed
from digest.net.address import judged
from digest.net.answer import Answer
from digest.net.ask import post
from digest.net.deadline import Deadline

#: bounds of one request for tokens: bytes of the answer, seconds for all of it
MOST_BYTES = 64 * 1024
MOST_SECONDS = 30.0
#: seconds for which a token is used whose provider does not say how long it is good for
UNTOLD_SECONDS = 300
#: characters of a provider's own words that are shown
MOST_WORDS = 200

_VERIFIER_CHARACTERS = 64
# RFC 6749 A.12, A.17
_TOKEN = re.compile(r"[\x20-\x7e]+")
_SECRET_FIELDS = ("code", "code_verifier", "refresh_token", "client_secret")
_BUSY = (408, 429)
_FOR_NOW = ("server_error", "temporarily_unavailable")
#: somebody must sign in again: of RFC 6749 5.2, and as OpenID providers say it (Microsoft)
_OVER = ("invalid_grant", "interaction_required", "login_required", "consent_required")
_UNKNOWN = ("invalid_client", "unauthorized_client")
_LATER = "Nothing is lost: try again in a while. If it goes on, look whether this machine is online."


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a provider knows this program as."""

    id: str
    endpoints: Endpoints
    #: the command by which somebody signs in, as messages name it
    again: str
    #: empty where the provider gave none
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a provider gave."""

    access: str = field(repr=False)
    #: for which the access token is good
    seconds: float
    #: what the next access token is got with; empty: the one from before goes on
    refresh: str = field(default="", repr=False)


class SignIn:
    """One sign-in: an address for a person's browser, and what its answer is worth."""

    def __init__(self, client: Client, redirect: str, user: str) -> None:
        """redirect: where the browser comes back to; user: the mailbox that the provider's form is filled in with."""
        self._client = client
        self._redirect = redirect
        self._oauth = WebApplicationClient(client.id)
        self._state = self._oauth.create_code_verifier(_VERIFIER_CHARACTERS)
        self._verifier = self._oauth.create_code_verifier(_VERIFIER_CHARACTERS)
        at = client.endpoints.authorize_url
        asked = self._oauth.prepare_request_uri(
            # the library knows no exception for this machine; digest.toml was held against it already
            at.replace("http://", "https://", 1),
            redirect_uri=redirect,
            scope=list(client.endpoints.scopes),
            state=self._state,
            code_challenge=self._oauth.create_code_challenge(self._verifier, "S256"),
            code_challenge_method="S256",
            login_hint=user,
            **client.endpoints.extra,
        )
        self.address = urlsplit(asked)._replace(scheme=urlsplit(at).scheme).geturl()

    def finish(self, answer: str) -> Granted:
        """Make tokens of the address that the browser came back to.

        Raises SignInFailed: refused, of another sign-in, or nothing that lasts.
        """
        code = self._code(answer)
        form = self._oauth.prepare_request_body(
            code=code,
            redirect_uri=self._redirect,
            code_verifier=self._verifier,
            client_secret=self._client.secret or None,
        )
        granted = _asked(self._client, form)
        if not granted.refresh:
            raise SignInFailed(
                "The provider gave a token for an hour, and none that lasts (no refresh token).",
                "Ask whoever set up the sign-in: many providers want the scope offline_access for it.",
            )
        return granted

    def _code(self, answer: str) -> str:
        query = urlsplit(answer).query
        again = f"Run {self._client.again} again"
        try:
            # an address of this machine has no https, and only what it says counts
            found = self._oauth.parse_request_uri_response(f"https://here.invalid/?{query}", self._state)
        except MismatchingStateError as fault:
            raise SignInFailed(
                "That answer belongs to another sign-in.", f"{again}, and open the address that it prints then."
            ) from fault
        except AccessDeniedError as fault:
            raise SignInFailed(
                "The sign-in was refused: nobody allowed this program to send mail.",
                f"{again} and choose “Allow”. Where the organisation must allow it, ask who looks after its accounts.",
            ) from fault
        except MissingCodeError as fault:
            raise SignInFailed("That answer holds no code.", f"{again}.") from fault
        except OAuth2Error as fault:
            raise SignInFailed(
                f"The provider refused the sign-in: {_words(fault, ())}.", _advice(fault, again)
            ) from fault
        return str(found["code"])


def refreshed(client: Client, refresh: str) -> Granted:
    """Get a new access token (RFC 6749 6).

    Raises SignInFailed, as `passing` where it may be better soon.
    """
    form = WebApplicationClient(client.id).prepare_refresh_body(
        refresh_token=refresh, client_id=client.id, client_secret=client.secret or None
    )
    return _asked(client, form)


def _asked(client: Client, form: str) -> Granted:
    hidden = [value for name, value in parse_qsl(form) if name in _SECRET_FIELDS]
    try:
        address = judged(client.endpoints.token_url, allow_private=True)
        answer = post(address, form, Deadline(MOST_SECONDS), MOST_BYTES)
    except FetchError as fault:
        raise SignInFailed(_harmless(fault.what, hidden), _LATER, passing=True) from fault
    if answer.status >= 500 or answer.status in _BUSY:
        raise SignInFailed(f"{address.shown} answered {answer.status}.", _LATER, passing=True)
    try:
        given = WebApplicationClient(client.id).parse_request_body_response(answer.content.decode("utf8", "replace"))
        return _granted(answer, given)
    except (MissingTokenError, ValueError, TypeError, AttributeError, RecursionError) as fault:
        # the library trusts that what is JSON is an object, with values of the right kinds
        raise SignInFailed(
            f"{address.shown} answered {answer.status}, and nothing that this program can read.",
            "Check token_url under [server.oauth].",
        ) from fault
    except OAuth2Error as fault:
        what = f"{address.host} gave no token: {_words(fault, hidden)}."
        advice = _advice(fault, f"Sign in again with {client.again}")
        raise SignInFailed(what, advice, passing=fault.error in _FOR_NOW) from fault


def _granted(answer: Answer, given: dict[str, object]) -> Granted:
    access, refresh = given["access_token"], given.get("refresh_token") or ""
    kind = str(given.get("token_type", "bearer"))
    if not (isinstance(access, str) and _TOKEN.fullmatch(access) and answer.is_page and kind.lower() == "bearer"):
        raise ValueError("no token")
    if not (isinstance(refresh, str) and (not refresh or _TOKEN.fullmatch(refresh))):
        raise ValueError("no token that lasts")
    seconds = float(str(given.get("expires_in") or UNTOLD_SECONDS))
    return Granted(access=access, refresh=refresh, seconds=seconds)


def _advice(fault: OAuth2Error, again: str) -> str:
    if fault.error in _UNKNOWN:
        return "Check client_id under [server.oauth] and DIGEST_SMTP_CLIENT_SECRET."
    if fault.error in _FOR_NOW:
        return _LATER
    if fault.error in _OVER:
        return f"{again}."
    return f"{again}; if it says the same, show it to whoever set up the sign-in at the provider."


def _words(fault: OAuth2Error, hidden: list[str] | tuple[str, ...]) -> str:
    """Return what a provider said, on one line and without what it was told in confidence."""
    said = f"{fault.error}: {fault.description}" if fault.description else str(fault.error)
    first = (said.strip() or "it gives no reason").splitlines()[0]
    return _harmless(first, hidden)[:MOST_WORDS].rstrip(". ")


def _harmless(text: str, hidden: list[str] | tuple[str, ...]) -> str:
    for secret in hidden:
        text = text.replace(secret, "…")
    return text
