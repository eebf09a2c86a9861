from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Digest

TITLES = [
    "Concrete jungle where dreams are made",
    "Moonshots and milestones: How schools can embrace the ‘Opportunity Mission’",
    "Joining the x100",
    "Doughnut education? From rigour to resilience",
    "Parent & pioneer: Transforming Early Years education in Feltham",
    "Bacon sandwiches and academic excellence: an unlikely alliance",
    "Hearts vs handbooks? Relationship-centred practice in schools",
    "Palatial idealism and scrappy ingenuity: Embracing Jugaad in education",
]


def test_the_first_users_page_collects_as_a_heading_and_eight_insights(shared: Path, digest: Digest) -> None:
    seed = shared / "seed" / "our-insights.txt"
    done = digest("collect", "--from", seed, "--kind", "file", "--json")
    assert done.returncode == 0
    read = json.loads(done.stdout)
    assert read["page"]["title"] == "Our insights"
    assert read["page"]["introduction"].startswith("We are committed to ‘learning in the open’—sharing")
    assert [item["title"] for item in read["items"]] == TITLES
    # every word of the document is in the heading, a title or a summary, in order
    said = " ".join(
        [read["page"]["title"], read["page"]["introduction"]]
        + [f"{item['title']} {item['summary']}" for item in read["items"]]
    )
    assert said.split() == seed.read_text(encoding="utf8").split()
