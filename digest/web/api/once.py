"""Once: a request that is sent again, because its answer was lost, is done once (Idempotency-Key).

As the IETF's draft has it: the same key with the same request gets the first answer again, for a day; with another
request it is refused. Only answers without people in them are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from digest.domain.model import Replay
from digest.jobs import programs
from digest.web.api.frame import Api
from digest.web.api.problems import Trouble
from digest.web.bounds import body_of

#: 1 to 100 visible characters
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,100}$",
        description="A key of your own, such as a UUID: sent again with it, the same request is done once.",
    ),
]
#: that the answer is the one from before
REPLAYED = "Idempotency-Replayed"


def once(api: Api, request: Request, key: str | None, do: Callable[[], tuple[int, BaseModel]]) -> Response:
    """Do something and return its answer, or the answer from before where the same key was sent with the same request.

    do: returns status and value. What it raises frees the key. Raises Trouble.
    """
    if key is None:
        status, value = do()
        return _answer(status, value.model_dump_json())
    token, mark = api.token(request), _mark(request)
    before = programs.begin(api.app.store, api.app.clock, token, key, mark)
    if before is not None:
        return _again(before, mark)
    answer: tuple[int, str] | None = None
    try:
        status, value = do()
        answer = status, value.model_dump_json()
    finally:
        programs.end(api.app.store, token, key, answer)
    return _answer(*answer)


def _again(before: Replay, mark: str) -> Response:
    if before.request != mark:
        raise Trouble(
            422, "key", "This key is another request's", "This Idempotency-Key was sent with another request.",
            "Draw a new key for each new request.",
        )  # fmt: skip
    if not before.status:
        raise Trouble(
            409, "key", "The first request has not ended", "A request with this Idempotency-Key is under way.",
            "Wait, look at what became of it, and use a new key where it is still to be done.",
        )  # fmt: skip
    return _answer(before.status, before.body, replayed=True)


def _answer(status: int, body: str, *, replayed: bool = False) -> Response:
    return Response(body, status, {REPLAYED: "true"} if replayed else None, "application/json")


def _mark(request: Request) -> str:
    named = f"{request.method} {request.url.path}\n".encode()
    return hashlib.sha256(named + body_of(request)).hexdigest()
