"""Schemathesis asks the whole API what its description allows, and what it does not, and finds nothing wrong."""

from __future__ import annotations

from pathlib import Path

import httpcore2
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.routing import Mount, Router

from digest.net.connect import Line
from digest.web.api import site as api
from digest.web.api.guard import Limits
from digest.web.desk.guard import hosts
from tests.conftest import Clock
from tests.web.api.conftest import AT, Served

#: as many requests as the examples need; nothing here is about how many are allowed
_MANY = ()
_HOST = "127.0.0.1"


def _settings(token: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 7,
            "headers": {"Authorization": f"Bearer {token}", "Host": _HOST},
            "generation": {"max-examples": 2, "deterministic": True, "no-shrink": True},
            "phases": {"stateful": {"enabled": False}},
            # whether a text is an address, and a name one of a theme, no schema can say: then the field is named (422)
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422"]},
            },
        }
    )


def test_schemathesis_finds_nothing(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise httpcore2.ConnectError("no address elsewhere is asked by a test")

    monkeypatch.setattr(Line, "connect_tcp", nobody)
    served = Served(tmp_path, clock)
    served.app.import_people(served.bench.newsletter)
    served.bench.approved()
    bounded = api.site(served.app, hosts(served.app), Limits(of_token=_MANY, of_slow=_MANY, of_wrong=_MANY))
    web = Router([Mount(AT, bounded)], redirect_slashes=False)
    token = served.token()
    schema = schemathesis.openapi.from_asgi(
        f"{AT}/openapi.json", web, config=_settings(token), headers={"Authorization": f"Bearer {token}", "Host": _HOST}
    )
    found, asked = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            asked += len(event.recorder.interactions)
            found += [
                f"{event.recorder.label}: {check.failure_info.failure.title}: {check.failure_info.failure.message}"
                for checks in event.recorder.checks.values()
                for check in checks
                if check.failure_info is not None
            ]
        elif isinstance(event, events.NonFatalError):
            found.append(str(event.info))
    served.app.store.close()
    assert not found, "\n".join(sorted(set(found)))
    assert asked > 200
