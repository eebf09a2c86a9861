"""The documentation as pages: each command, option, setting and variable that one names exists; each page is found."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.house.test_docs import COMMANDS, KINDS, SETTINGS
from tools.docs_pages import PAGES

DOCS = sorted((ROOT / "docs").glob("*.md"))
TEXTS = [*DOCS, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
#: what pages name already and others are building: whatever is there by now must go from here
COMING_COMMANDS: set[str] = set()
COMING_VARIABLES: set[str] = set()
COMING_SETTINGS: set[str] = set()
#: of pages elsewhere on the web that a reader may follow
_ELSEWHERE = re.compile(
    r"(?:src|srcset|data|poster|action)\s*=\s*[\"']?(?:https?:)?//|@import|url\(\s*[\"']?(?:https?:)?//"
)


def named(text: str) -> Iterator[str]:
    """Yield each line that a page shows as something to type, from the program's name on."""
    blocks = re.findall(r"^```(?:\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"(?:runuser -u digest -- )?(?:/opt/digest/bin/)?(digest .+)", line)
            if found:
                yield found[1].split("  #")[0]
    for line in re.findall(r"`(digest [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)):
        yield " ".join(line.split())


def command_of(words: list[str]) -> str:
    """Return which command words begin with; empty where there is none."""
    for length in (3, 2, 1):
        if " ".join(words[:length]) in COMMANDS:
            return " ".join(words[:length])
    return ""


def typed(line: str) -> list[str]:
    try:
        return shlex.split(line)[1:]
    except ValueError:
        # an apostrophe in words that a person fills in
        return line.split()[1:]


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_every_command_and_option_that_a_page_names_exists(page: Path) -> None:
    for line in named(page.read_text(encoding="utf8")):
        words = typed(line)
        # what the program says of itself, such as “digest 0.1.0”, is no command
        if not words or not re.fullmatch(r"[a-z-]+", words[0]) or words[0] in COMING_COMMANDS:
            continue
        command = command_of(words)
        assert command, line
        below = words[len(command.split(" ")) :]
        if hasattr(COMMANDS[command], "commands") and below and re.fullmatch(r"[a-z-]*[a-z]", below[0]):
            assert below[0] in COMMANDS[command].commands, line
        known = {option for one in COMMANDS[command].params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
        for word in words:
            if re.fullmatch(r"--[a-z-]+", word):
                assert word in known, f"{line}: {word}"


def test_every_setting_in_the_tables_of_the_settings_exists() -> None:
    known = {name for kind in KINDS for name in names_of(kind)} | COMING_SETTINGS
    for name in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", SETTINGS, re.MULTILINE):
        assert set(re.findall(r"`(\w+)`", name)) <= known, name


def names_of(kind: type) -> set[str]:
    return {one.name for one in fields(kind)}


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_every_setting_in_an_example_exists(page: Path) -> None:
    known = {name for kind in KINDS for name in names_of(kind)} | COMING_SETTINGS
    # what staff call something is no setting
    free = {"rule", "words", "abbreviations"}

    def keys(table: dict[str, object]) -> Iterator[str]:
        for key, value in table.items():
            yield key
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and key not in free:
                    yield from keys(one)

    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf8"), re.DOTALL | re.MULTILINE):
        # alternatives, of which a file has one, stand below each other
        for part in [block] if is_whole(block) else block.splitlines():
            assert set(keys(tomllib.loads(part))) <= known, part


def is_whole(block: str) -> bool:
    try:
        tomllib.loads(block)
    except tomllib.TOMLDecodeError:
        return False
    return True


@cache
def variables() -> set[str]:
    """Return the variables of the environment that the program looks at, without what stands for an id or a file."""
    code = "\n".join(file.read_text(encoding="utf8") for file in (ROOT / "digest").rglob("*.py"))
    return set(re.findall(r"[\"'](DIGEST_[A-Z_]+[A-Z])[\"']", code))


@cache
def of_examples() -> set[str]:
    code = "\n".join(file.read_text(encoding="utf8") for file in (ROOT / "docs" / "examples").glob("*.py"))
    return set(re.findall(r"DIGEST_[A-Z_]*[A-Z]", code))


def is_known(variable: str) -> bool:
    """Tell whether a variable is the program's, also with the id of a server or a key, or of a file that holds it."""
    return any(
        variable == one or variable.removesuffix("_FILE") == one or variable.startswith(f"{one}_")
        for one in variables() | COMING_VARIABLES | of_examples()
    )


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_every_variable_of_the_environment_that_a_page_names_exists(page: Path) -> None:
    for one in re.findall(r"DIGEST_[A-Z_]*[A-Z]", page.read_text(encoding="utf8")):
        assert is_known(one), one


def test_every_variable_that_the_program_looks_at_is_on_the_operators_page() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf8")
    assert not [one for one in variables() if f"`{one}" not in page]


def test_what_is_here_by_now_is_called_coming_no_more() -> None:
    assert not COMING_COMMANDS & {name.split(" ")[0] for name in COMMANDS}
    assert not COMING_VARIABLES & variables()
    assert not COMING_SETTINGS & {name for kind in KINDS for name in names_of(kind)}


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf8"), flags=re.DOTALL | re.MULTILINE)
    for target, _, part in re.findall(r"\]\((?!https?:|mailto:)([^)#]*)(#([^)]+))?\)", text):
        file = page.parent / target if target else page
        assert file.exists(), target
        if part and file.suffix == ".md":
            assert part in anchors(file), f"{target}#{part}"


def anchors(file: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", head)) for head in heads)
    return {re.sub(r"\s+", "-", one.strip().lower()) for one in plain}


def in_navigation() -> list[str]:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf8")

    def pages(entry: object) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        for one in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
            yield from pages(one)

    return list(pages(yaml.safe_load(text)["nav"]))


def test_every_page_stands_once_in_the_navigation() -> None:
    assert sorted(in_navigation()) == sorted({*(page.name for page in DOCS), *PAGES})


def test_pictures_are_small_and_each_is_described_on_a_page() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").glob("start-*.png"))
    page = (ROOT / "docs" / "start.md").read_text(encoding="utf8")
    assert 0 < len(pictures) <= 12
    for one in pictures:
        assert one.stat().st_size <= 150_000, one.name
        assert re.search(rf"!\[[^\]]{{20,}}\]\(pictures/{one.name}\)", page), one.name


def test_the_start_for_comms_staff_needs_no_command_line() -> None:
    page = (ROOT / "docs" / "start.md").read_text(encoding="utf8")
    assert "```" not in page
    assert "`digest" not in page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning of mkdocs, such as a link that leads nowhere, is a fault."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_built_site_asks_nobody_for_anything(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(DOCS)
    for file in [*pages, *site.rglob("*.css"), *site.rglob("*.js"), *site.rglob("*.svg")]:
        text = file.read_text(encoding="utf8")
        assert not _ELSEWHERE.search(text), file
        if file.suffix == ".html":
            assert "default-src 'self'" in text
            for tag in re.findall(r"<link [^>]+>|<script[^>]*>|<img [^>]+>", text):
                assert "//" not in tag.replace("<!--", ""), (file, tag)
        elif file.suffix == ".js":
            hosts = set(re.findall(r"https?://([a-z0-9.-]+)", text))
            # names of what a drawing is made of, and of who wrote a part of the search: nothing is asked there
            assert hosts <= {"www.w3.org", "lunrjs.com", "tartarus.org", "clipboardjs.com"}, (file.name, hosts)
        else:
            # licences stand in remarks, also in those of drawings inside a style
            said = re.sub(r"/\*.*?\*/|\\3c !--.*?--", "", text, flags=re.DOTALL)
            assert not re.search(r"https?://(?!www\.w3\.org)", said), file


def test_texts_at_the_top_of_the_repository_are_pages_and_not_copied(site: Path) -> None:
    for page in PAGES:
        assert not (ROOT / "docs" / page).exists()
        assert (site / page.replace(".md", ".html")).exists()
    assert "at most once by the program" in (site / "design.html").read_text(encoding="utf8")
    assert "digest rehearse" in (site / "commands.html").read_text(encoding="utf8")
