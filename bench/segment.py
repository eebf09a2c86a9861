"""How fast a segment's rule is judged, in Python and in the database.

python bench/segment.py [--people N]

First the compiled predicate on one core, beside what judges the same rule by walking through it for each person, in
the same run. There are two peers: one walks through the rule and asks the same texts of traits; the other, as such
walkers are usually written, asks the person's fields, folding what it compares. Rounds alternate and the quickest
counts, in time of this process's own. All have to hold the same people.

Then a database with so many people, of which `digest segments` asks how many each of three segments holds, a sample of
ten, and a field that nobody has. Seconds by the clock on the wall, of which the best of three counts.

The exit code is 1 where a bar is missed. A line of JSON comes last.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digest.domain import traits
from digest.domain.model import Cadence, Recipient, Subscriber, Subscription, SubscriptionState
from digest.stages.segment import predicate
from digest.store.database import Database

#: evaluations a second of the compiled rule, and how many times as fast as the quicker peer
BAR, RATIO = 2_000_000, 3.0
#: seconds for the counts of all segments at a million people
SECONDS, AT = 1.0, 1_000_000
ROUNDS, JUDGED = 5, 50_000
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)

Rule = Mapping[str, Any]


def _tagged(*tags: str) -> Rule:
    return {"any": [{"field": "tags", "contains": tag} for tag in tags]}


SEGMENTS: Sequence[Rule] = (
    {
        "all": [
            {"field": "tags", "contains": "teacher"},
            {"field": "region", "equals": "South West"},
            {"field": "themes", "contains": "early-years"},
            {"field": "cadence", "equals": "weekly"},
        ]
    },
    _tagged("head", "teacher", "early-years"),
    _tagged("partner", "trustee", "funder"),
)


def crowd(count: int) -> list[Recipient]:
    """Return made people in the order of their ids."""
    dice = random.Random(8)
    regions, roles = ["North coast", "South West", "London", "Wales"], ["Headteacher", "Teacher", "Governor", "Trustee"]
    tags, themes = ["head", "teacher", "early-years", "partner", "trustee", "funder"], ["early-years", "lead", "place"]
    made = []
    for number, identifier in enumerate(sorted(f"{dice.getrandbits(64):016x}" for _ in range(count))):
        subscriber = Subscriber(
            id=identifier,
            address=f"reader{number}@school{number % 977}.example.org",
            first_name="Amara",
            last_name=f"Fairbrass{number % 977}",
            tags=tuple(dice.sample(tags, dice.randrange(3))),
            fields={
                "organisation": f"Netherstrand Primary {number % 977}",
                "role": dice.choice(roles),
                "region": dice.choice(regions),
            },
        )
        subscription = Subscription(
            newsletter="n",
            state=SubscriptionState.ACTIVE,
            themes=tuple(dice.sample(themes, dice.randrange(3))),
            cadence=dice.choice([*Cadence]),
            consent_source="website sign-up form",
            consent_at=NOW - timedelta(days=dice.randrange(900)),
        )
        person = Recipient(subscriber=subscriber, subscription=subscription)
        made.append(replace(person, stored_traits=person.traits))
    return made


def walked(rule: Rule, person: Recipient) -> bool:
    """Judge a rule by walking through it, asking the same texts."""
    if "all" in rule:
        return all(walked(part, person) for part in rule["all"])
    if "any" in rule:
        return any(walked(part, person) for part in rule["any"])
    if "not" in rule:
        return not walked(rule["not"], person)
    field = rule["field"]
    text = person.traits[field in ("themes", "cadence")]
    return traits.trait(field, rule.get("contains", rule.get("equals"))) in text


def by_fields(rule: Rule, person: Recipient) -> bool:
    """Judge a rule by walking through it, asking the person's fields."""
    if "all" in rule:
        return all(by_fields(part, person) for part in rule["all"])
    if "any" in rule:
        return any(by_fields(part, person) for part in rule["any"])
    if "not" in rule:
        return not by_fields(rule["not"], person)
    field = rule["field"]
    own = {"tags": person.subscriber.tags, "themes": person.subscription.themes}
    values = own.get(field) or (
        str(person.subscription.cadence) if field == "cadence" else person.subscriber.fields.get(field, ""),
    )
    wanted = rule.get("contains", rule.get("equals")).casefold()
    return any(value.casefold() == wanted for value in values)


def rate(judge: Callable[[Recipient], bool], people: Sequence[Recipient]) -> float:
    """Return the evaluations of a second of this process's own time."""
    gc.collect()
    began = time.process_time()
    for person in people:
        judge(person)
    return len(people) / (time.process_time() - began)


def judged(people: Sequence[Recipient]) -> dict[str, Any]:
    """Time all ways to judge all segments' rules; the slowest rule of each way counts."""
    best: dict[str, list[float]] = {}
    errors = 0
    for rule in SEGMENTS:
        ways: dict[str, Callable[[Recipient], bool]] = {
            "compiled": predicate(rule),
            "walked": lambda person, rule=rule: walked(rule, person),
            "by fields": lambda person, rule=rule: by_fields(rule, person),
        }
        errors += sum(len({way(person) for way in ways.values()}) > 1 for person in people)
        rates = [{name: rate(way, people) for name, way in ways.items()} for _ in range(ROUNDS)]
        for name in ways:
            best.setdefault(name, []).append(max(one[name] for one in rates))
    ratios = {name: min(a / b for a, b in zip(best["compiled"], best[name], strict=True)) for name in best}
    return {"rates": {name: round(min(some)) for name, some in best.items()}, "ratios": ratios, "errors": errors}


def fill(path: Path, people: Sequence[Recipient]) -> None:
    """Put people into a database, in bulk."""
    persons = (
        (
            one.subscriber.id,
            one.subscriber.address,
            one.subscriber.address,
            one.subscriber.first_name,
            one.subscriber.last_name,
            json.dumps(one.subscriber.tags),
            json.dumps(one.subscriber.fields),
            f"key of {one.subscriber.id}",
            one.traits[0],
        )
        for one in people
    )
    places = (
        (
            one.subscriber.id,
            "n",
            str(one.subscription.state),
            json.dumps(one.subscription.themes),
            str(one.subscription.cadence),
            one.subscription.consent_source,
            f"{one.subscription.consent_at:%Y-%m-%d %H:%M:%S}.000000",
            one.traits[1],
        )
        for one in people
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO subscriber (id, comparable, address, first_name, last_name, tags, fields, suppression_key, "
            "traits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            persons,
        )
        connection.executemany(
            "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at, "
            "traits) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            places,
        )


def best(work: Callable[[], object]) -> float:
    """Return the seconds of the quickest of three times."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def counted(store: Database, people: Sequence[Recipient]) -> dict[str, Any]:
    """Time the database; wrong counts are errors."""
    with store.reading() as session:
        found = session.segments.count("n", SEGMENTS, NOW)
        expected = [sum(map(predicate(rule), people)) for rule in SEGMENTS]
        return {
            "counts": best(lambda: session.segments.count("n", SEGMENTS, NOW)),
            "sample": best(lambda: session.segments.sample("n", SEGMENTS[0], NOW, "f", 10)),
            "a field that nobody has": best(lambda: session.segments.unheld("n", ["regoin"])),
            "errors": sum(one.now != wanted for one, wanted in zip(found.segments, expected, strict=True)),
        }


def main() -> int:
    """Time both and print it; return the exit code."""
    parser = argparse.ArgumentParser(description="Time the judging of segments' rules.")
    parser.add_argument("--people", type=int, default=AT, help="in the database")
    people = crowd(max(parser.parse_args().people, JUDGED))
    python = judged(people[:JUDGED])
    ratio = min(python["ratios"][name] for name in ("walked", "by fields"))
    met = python["rates"]["compiled"] >= BAR and ratio >= RATIO and not python["errors"]
    print(f"compiled: {python['rates']['compiled']:,} evaluations/s; the bar is {BAR:,}, {RATIO:.0f} times each peer")
    for name in ("walked", "by fields"):
        print(f"  at least {python['ratios'][name]:.1f} times {name}, {python['rates'][name]:,} evaluations/s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.db"
        store = Database.open(path)
        fill(path, people)
        database = counted(store, people)
        store.close()
    errors = python["errors"] + database.pop("errors")
    for name, seconds in database.items():
        print(f"{name}: {seconds:.2f} s among {len(people):,} people")
    if len(people) >= AT:
        met = met and database["counts"] <= SECONDS
        print(f"the bar for the counts is {SECONDS:.1f} s")
    print(f"{errors} answers differ; bars {'met' if met and not errors else 'MISSED'}")
    line = {"name": "segment", "unit": "evaluations/s", "ours": python["rates"].pop("compiled")}
    line |= {"peers": python["rates"], "ratio": round(ratio, 1), "people": len(people), "errors": errors}
    line |= {"seconds": {name: round(seconds, 3) for name, seconds in database.items()}}
    print(json.dumps(line))
    return 0 if met and not errors else 1


if __name__ == "__main__":
    sys.exit(main())
