"""Keep a list of Digest like the contacts of another program. It needs Python alone, 3.11 or newer.

DIGEST_TOKEN=dg_… python contacts.py https://desk.example.org news contacts.csv

contacts.csv has the columns email, first_name, consent_source and consent_at (2026-11-24T08:00:00Z). The token needs
subscribers:read and subscribers:write. Run it as often as you like: what is there already is not done again.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any


class Digest:
    """The API of one desk."""

    def __init__(self, desk: str, token: str) -> None:
        self.at = f"{desk.rstrip('/')}/api/v1"
        self.token = token

    def ask(self, method: str, path: str, value: object = None) -> Any:
        """Ask, and wait where it is too much at once. What did not work ends the program, and is said."""
        body = None if value is None else json.dumps(value).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.at}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as fault:
            problem = json.load(fault)
            if fault.code == 429:
                time.sleep(int(fault.headers["Retry-After"]))
                return self.ask(method, path, value)
            wrong = "; ".join(f"{one['field']}: {one['what']}" for one in problem["errors"])
            sys.exit(f"{problem['title']}. {wrong or problem['detail']} {problem['mend']}")

    def people(self, newsletter: str) -> Iterator[Any]:
        """Yield everybody of a newsletter, page by page."""
        after = ""
        while after is not None:
            page = self.ask("GET", f"/newsletters/{newsletter}/subscribers?limit=500&after={after}")
            yield from page["people"]
            after = page["next"]


def person(row: dict[str, str]) -> dict[str, object]:
    """Return what a row says of somebody. Who has no consent record is put on the list, and waits."""
    said: dict[str, object] = {"address": row["email"], "first_name": row["first_name"]}
    if row["consent_source"] and row["consent_at"]:
        said["consent"] = {"source": row["consent_source"], "at": row["consent_at"]}
    return said


def main(desk: str, newsletter: str, file: str) -> None:
    """Put everybody of a file on the list, then name who must not be mailed any more: mark them in your contacts."""
    digest = Digest(desk, os.environ["DIGEST_TOKEN"])
    with open(file, encoding="utf8", newline="") as opened:
        for row in csv.DictReader(opened):
            done = digest.ask("PUT", f"/newsletters/{newsletter}/subscribers", person(row))
            print(f"{row['email']}: {done['outcome']}{' – ' + done['kept_off'] if done['kept_off'] else ''}")
    for one in digest.people(newsletter):
        if one["kept_off"] or one["place"]["state"] not in ("active", "pending"):
            print(f"{one['address']} must not be mailed: {one['place']['state']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
