"""The manual for adapters is followed in a copy of the program: files are written, lines changed, and it all works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

MANUAL = (ROOT / "docs" / "adapters.md").read_text(encoding="utf8")
#: (language, file, text), in the order of the page
STEPS = re.findall(r'^```(\w+) title="([^"]+)"\n(.*?)^```', MANUAL, re.DOTALL | re.MULTILINE)
#: what somebody would try who has followed it
TRIALS = """
from digest import sources
from digest.domain.errors import DocumentError
from digest.domain.model import Document
from digest.sources.lines import read
from digest.stages.segment import faults, predicate, sentence
from digest.stages.segment.made_up import made_up
from digest.domain.model import Recipient, Segment, Subscriber, Subscription, SubscriptionState
from digest.web.desk.segments.parts import as_rule, of_rule

text = b'{"title": "A reading hour", "link": "/a", "date": "2026-11-24"}\\n\\n{"title": 3, "link": "javascript:x"}\\n'
found = sources.read("lines", Document(content=text, base="https://www.example.org/", name="x"))
assert [(one.title, one.link, str(one.date)[:10]) for one in found.items] == [
    ("A reading hour", "https://www.example.org/a", "2026-11-24"),
], found.items
for hostile in (b'{"title": "x"', b"[1]", b"[" * 100_000, b"\\xff\\x00"):
    try:
        read(Document(content=hostile, base="", name="x"))
    except DocumentError as fault:
        assert "line 1" in fault.what
    else:
        raise AssertionError(hostile)

rule = {"field": "region", "outside": ["London", "Wales"]}
assert not list(faults(rule)), list(faults(rule))
assert list(faults({"field": "region", "outside": []}))
assert sentence(rule, {}) == "people not in London or Wales", sentence(rule, {})
place = Subscription(newsletter="n", state=SubscriptionState.ACTIVE)


def somebody(**fields):
    return Recipient(subscriber=Subscriber(id="1", address="a@example.org", fields=fields), subscription=place)


holds = predicate(rule)
assert [holds(somebody(**one)) for one in ({"region": "London"}, {"region": "York"}, {})] == [False, True, True]
assert made_up([Segment(id="s", name="S", rule=rule)], "s", somebody(region="London")) is not None
assert made_up([Segment(id="s", name="S", rule=rule)], "s", somebody()) is not None
assert predicate(as_rule(of_rule(rule))[0])(somebody(region="York")), "a form shows it and saves what means the same"
assert not predicate(as_rule(of_rule(rule))[0])(somebody(region="Wales"))
"""
#: somebody has put the templates into a workspace, and now the block into its digest.toml
DRAFTED = """
import sys
from pathlib import Path
from digest import config
from digest.app import App
from digest.bundle import new_workspace

folder = Path(sys.argv[1])
new_workspace(folder)
config.secret(folder, create=True)
with (folder / "digest.toml").open("a", encoding="utf8") as file:
    file.write("\\n" + Path(sys.argv[2]).read_text(encoding="utf8"))
(folder / "subscribers.csv").write_text(
    "email,first_name,consent_source,consent_at\\nada@example.org,Ada,form,2026-01-01\\n"
)
app = App.open(folder)
newsletter = app.newsletter()
app.collect(newsletter)
app.import_people(newsletter)
edition = app.draft(newsletter).edition
variants = app.stored(edition.id).variants
assert variants
for one in variants:
    for text in (one.html, one.text):
        assert "412" in text, text
        assert "families came to the reading hour this autumn" in text, text
"""


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program in which somebody followed the manual."""
    copy = tmp_path_factory.mktemp("copy") / "digest"
    for name in ("digest", "templates", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "golden"))
    for name in ("pyproject.toml", "digest.toml", "subscribers.csv"):
        shutil.copyfile(ROOT / name, copy / name)
    for language, name, text in STEPS:
        if language == "diff":
            changed(copy / name, text)
        else:
            assert not (copy / name).exists(), name
            (copy / name).write_text(text, encoding="utf8")
    return copy


def changed(file: Path, change: str) -> None:
    """Change a file as a block of the manual says; what stays and what goes must stand there once."""
    lines = change.splitlines()
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    text = file.read_text(encoding="utf8")
    assert text.count(before) == 1, f"{file.name} does not hold once:\n{before}"
    file.write_text(text.replace(before, after), encoding="utf8")


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # before the program that is installed
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    return subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, timeout=120
    )


def test_every_kind_of_adapter_has_its_steps() -> None:
    assert {name for language, name, _ in STEPS if language != "diff"} == {
        "digest/sources/lines.py",
        "templates/blocks/figure.mjml.j2",
        "templates/blocks/figure.txt.j2",
        "digest/transports/spooled.py",
    }
    assert len(STEPS) >= 15


def test_a_source_kind_and_an_operator_work_as_the_manual_makes_them(followed: Path) -> None:
    done = run(followed, "-c", TRIALS)
    assert done.returncode == 0, done.stderr


def test_a_transport_keeps_every_promise_as_the_manual_makes_it(followed: Path) -> None:
    suite = "tests/contract/test_transports.py"
    done = run(followed, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", "spooled", suite)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d passed", done.stdout), done.stdout


def test_a_block_shows_what_the_manual_says(followed: Path, tmp_path: Path) -> None:
    (block,) = re.findall(r"^```toml\n(\[\[newsletters\.blocks\]\]\n.*?)^```", MANUAL, re.DOTALL | re.MULTILINE)
    workspace = tmp_path / "ws"
    (workspace / "templates" / "blocks").mkdir(parents=True)
    for ending in ("mjml", "txt"):
        shutil.move(followed / f"templates/blocks/figure.{ending}.j2", workspace / "templates" / "blocks")
    (tmp_path / "block.toml").write_text(block, encoding="utf8")
    done = run(followed, "-c", DRAFTED, str(workspace), str(tmp_path / "block.toml"))
    assert done.returncode == 0, done.stderr
