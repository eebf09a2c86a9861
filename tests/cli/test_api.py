"""`digest api …` as a person types it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from digest.app import App
from digest.domain.model import Role, Staff
from tests.cli.conftest import Digest


def _staff(workspace: Path, *addresses: str) -> None:
    opened = App.open(workspace)
    with opened.store.writing() as session:
        for number, address in enumerate(addresses):
            name = address.partition("@")[0].title()
            one = Staff(
                id=f"s{number}", name=name, address=address, phrase="", role=Role.ADMIN, created_at=opened.clock()
            )
            session.access.add(one)
    opened.store.close()


def test_a_token_is_made_listed_and_withdrawn(workspace: Path, digest: Digest) -> None:
    nobody = digest("api", "token", "CRM", "--scope", "status:read", folder=workspace)
    assert (nobody.returncode, "Nobody has an account yet" in nobody.stderr) == (1, True)
    _staff(workspace, "ada@example.org")
    words = ("api", "token", "CRM", "--scope", "status:read", "--scope", "editions:read", "--days", "30")
    made = digest(*words, folder=workspace)
    token = re.search(r"^dg_[\w-]{43}$", made.stdout, re.MULTILINE)
    assert token, made.stdout + made.stderr
    listed = digest("api", "tokens", folder=workspace)
    assert "CRM" in listed.stdout
    assert "status:read, editions:read" in listed.stdout
    assert token[0] not in listed.stdout
    [one] = json.loads(digest("api", "tokens", "--json", folder=workspace).stdout)
    assert (one["name"], one["owner"], one["state"], "key" in one) == ("CRM", "Ada", "works", False)
    assert "works no more" in digest("api", "withdraw", "CRM", folder=workspace).stdout
    [one] = json.loads(digest("api", "tokens", "--json", folder=workspace).stdout)
    assert one["state"] == "withdrawn"


def test_of_several_people_one_answers_for_a_token(workspace: Path, digest: Digest) -> None:
    _staff(workspace, "ada@example.org", "bo@example.org")
    words = ("api", "token", "CRM", "--scope", "status:read")
    told = digest(*words, folder=workspace)
    assert (told.returncode, "--owner" in told.stderr) == (1, True)
    assert "which Bo answers for" in digest(*words, "--owner", "BO@example.org", folder=workspace).stdout
    assert digest(*words, "--owner", "cy@example.org", folder=workspace).returncode == 1


def test_a_webhook_is_added_renewed_and_ended(workspace: Path, digest: Digest) -> None:
    words = ("api", "webhooks", "add", "https://crm.example.org/x", "--as", "Ada", "--event", "edition.sent")
    first = re.search(r"^whsec_\S+$", digest(*words, folder=workspace).stdout, re.MULTILINE)
    assert first
    [one] = json.loads(digest("api", "webhooks", "--json", folder=workspace).stdout)
    assert (one["webhook"]["events"], one["webhook"]["with_addresses"]) == (["edition.sent"], False)
    renewed = digest("api", "webhooks", "renew", one["webhook"]["id"], folder=workspace).stdout
    second = re.search(r"^whsec_\S+$", renewed, re.MULTILINE)
    assert second
    assert second[0] != first[0]
    assert "told nothing more" in digest("api", "webhooks", "end", one["webhook"]["id"], folder=workspace).stdout
    inside = digest(*words[:3], "http://crm.example.org/", *words[4:], folder=workspace)
    assert (inside.returncode, "https alone" in inside.stderr) == (1, True)
