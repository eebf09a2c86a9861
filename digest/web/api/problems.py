"""Problems: what did not work, as problem details (RFC 9457), in the words that the desk has for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from digest.domain.errors import ConfigurationError, DigestError, FetchError, NotFound, Refused, StoreError, Unfit

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:problem-type:digest:"
#: status -> short name that does not change, title, what to do
_WORDS: Mapping[int, tuple[str, str, str]] = {
    400: ("host", "This could not be read", "Ask the desk's own address, as it stands in digest.toml."),
    404: ("not_found", "There is nothing here", "Look at the address: docs/api.md names every route."),
    405: ("method", "This cannot be done here", "The header Allow names what can."),
    408: ("slow", "The request took too long to arrive", "Send it again. Nothing was changed."),
    413: ("too_large", "This is too much for one request", "Send less at once."),
    500: ("fault", "This did not work", "It is the program’s fault. Try again; if it stays, tell who looks after it."),
}
#: words of pydantic about what was not sent right -> ours
_FAULTS: Mapping[str, str] = {
    "missing": "It is missing.",
    "extra_forbidden": "There is no such field.",
    "json_invalid": "This is no JSON.",
}


class Fault(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(extra="forbid")
    field: str = Field(description="Its name, those of what it lies in before it, with dots: consent.at.")
    what: str = Field(description="What is wrong with it, in a sentence.")


class Problem(BaseModel):
    """What did not work, why, and what to do (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")
    type: str = Field(description="urn:problem-type:digest: and the code.")
    code: str = Field(description="A short name that does not change.")
    title: str
    status: int
    detail: str = Field(description="What happened, and why, in plain English.")
    mend: str = Field(description="What to do now.")
    errors: list[Fault] = Field(default=[], description="Of each field that is wrong, what.")
    differences: list[dict[str, Any]] = Field(default=[], description="What is another than what was approved.")


class Trouble(Exception):
    """A problem that a route, or the guard before it, has found."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        mend: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Fault] = (),
        differences: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """headers: what the answer bears besides; errors, differences: as in Problem."""
        super().__init__(detail)
        self.headers = dict(headers or {})
        self.problem = Problem(
            type=f"{_TYPE}{code}",
            code=code,
            title=title,
            status=status,
            detail=detail,
            mend=mend,
            errors=list(errors),
            differences=[dict(one) for one in differences],
        )

    def answer(self) -> Response:
        """Return the answer."""
        return Response(self.problem.model_dump_json(), self.problem.status, self.headers, MEDIA_TYPE)


def of_digest(request: Request, fault: Exception) -> Response:
    """Answer what a job refused."""
    assert isinstance(fault, DigestError)
    return told(fault).answer()


def told(fault: DigestError) -> Trouble:
    """Return the problem that an error of the program is."""
    if isinstance(fault, Unfit):
        errors = [Fault(field=name, what=what) for name, what in fault.faults.items()]
        return Trouble(422, "unfit", "This cannot be kept", fault.what, "Mend it, then send it again.", errors=errors)
    if isinstance(fault, NotFound):
        return Trouble(404, "not_found", "There is nothing like that", fault.what, fault.mend)
    if isinstance(fault, Refused):
        return Trouble(409, "refused", "This was not done", fault.what, fault.mend)
    if isinstance(fault, FetchError):
        return Trouble(409, "not_fetched", "An address did not answer", fault.what, fault.mend)
    if isinstance(fault, ConfigurationError):
        return Trouble(409, "configuration", "digest.toml does not allow it", fault.what, fault.mend)
    if isinstance(fault, StoreError):
        return Trouble(503, "store", "The database cannot be used now", fault.what, "Try again in a minute.")
    return Trouble(409, "refused", "This was not done", fault.what, fault.mend)


def unreadable(fault: RequestValidationError) -> Trouble:
    """Return the problem of a request whose fields are not what they should be."""
    errors = [Fault(field=_field(one["loc"]), what=_what(str(one["type"]), str(one["msg"]))) for one in fault.errors()]
    names = ", ".join(dict.fromkeys(one.field for one in errors))
    return Trouble(
        422, "unfit", "This could not be read", f"What was sent is not what is expected: {names}.",
        "Mend what `errors` names, then send it again.", errors=errors,
    )  # fmt: skip


def http(fault: HTTPException) -> Trouble:
    """Return the problem of what is not there, or not like that."""
    if fault.status_code == 400:
        # FastAPI's own word for octets that are no text
        errors = [Fault(field="body", what=_FAULTS["json_invalid"])]
        return Trouble(422, "unfit", "This could not be read", "What was sent is no JSON.", "Send JSON.", errors=errors)
    code, title, mend = _WORDS.get(fault.status_code, _WORDS[500])
    return Trouble(fault.status_code, code, title, f"{title}.", mend, headers=fault.headers)


def broken(request: Request, fault: Exception) -> Response:
    """Answer a fault of the program; it is logged where it was caught (bounds.py)."""
    code, title, mend = _WORDS[500]
    return Trouble(500, code, title, "Nothing was changed.", mend).answer()


def refusal(status: int, words: bytes) -> tuple[str, bytes]:
    """Dress what was refused before the application saw it (bounds.py)."""
    code, title, mend = _WORDS.get(status, _WORDS[500])
    value = {
        "type": f"{_TYPE}{code}",
        "code": code,
        "title": title,
        "status": status,
        "detail": f"{title}.",
        "mend": mend,
    }
    return MEDIA_TYPE, json.dumps(value | {"errors": [], "differences": []}).encode()


def _what(kind: str, words: str) -> str:
    said = words.removeprefix("Value error, ").rstrip(".")
    return _FAULTS.get(kind, f"{said[:1].upper()}{said[1:]}.")


def _field(place: Sequence[str | int]) -> str:
    # the first part says where it stood: body, query, path; of what is no JSON a number says where in it
    named = [str(one) for one in place[1:] if place[0] != "body" or isinstance(one, str) or len(place) > 2]
    return ".".join(named) or str(place[0])
