"""What the documents say of the API is what the code does."""

from __future__ import annotations

import re

from digest.domain.model import Scope, WebhookEvent
from tests.conftest import ROOT
from tests.web.api.test_guard import NEEDS
from tools import openapi

API = (ROOT / "docs" / "api.md").read_text(encoding="utf8")


def test_the_description_in_the_tree_is_what_the_code_gives() -> None:
    assert openapi.FILE.read_text(encoding="utf8") == openapi.text(), "run `make openapi`"


def test_every_route_stands_in_the_guide_with_its_scope() -> None:
    rows = re.findall(r"^\| ([A-Z]+) \| `([^`]+)` \| (?:`([a-z:]+)`|any) \|", API, re.MULTILINE)
    assert {(method, path): scope for method, path, scope in rows} == NEEDS


def test_every_scope_and_every_event_stands_in_the_guide() -> None:
    assert re.findall(r"^\| `([a-z]+:[a-z]+)` \|", API, re.MULTILINE) == [str(one) for one in Scope]
    assert re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", API, re.MULTILINE) == [str(one) for one in WebhookEvent]


def test_every_problem_stands_in_the_guide() -> None:
    code = "".join(file.read_text() for file in (ROOT / "digest" / "web" / "api").glob("*.py"))
    used = set(re.findall(r'Trouble\(\s*\d+, "(\w+)"', code)) | set(
        re.findall(r'^    \d+: \("(\w+)"', code, re.MULTILINE)
    )
    assert len(used) > 10
    assert not {one for one in used if f"`{one}`" not in API}
