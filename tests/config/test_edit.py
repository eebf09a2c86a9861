from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.bundle import STARTER
from digest.config import parse, versions, writing
from digest.config.ids import ID_CHARACTERS, unique_id
from digest.domain.errors import ConfigurationError, DigestError, NotFound, Refused
from digest.domain.model import Source
from tests.config.entries import add_source, remove_source
from tests.conftest import ROOT

SAMPLE = (ROOT / "digest.toml").read_text(encoding="utf8")
START = (STARTER / "digest.toml").read_text(encoding="utf8")
NEW: dict[str, object] = {
    "id": "tide-tables",
    "kind": "feed",
    "address": "https://tides.example.org/feed",
    "name": "Tide “Tables” & Sons",
}
TOP = """base_url = "https://digest.example.org"
[brand]
organisation = "Fernhill"
legal_name = "Fernhill Trust"
postal_address = "1 Fern Hill"
"""
LETTER = """[[newsletters]]
id = "{id}" # the first
name = "Fernhill"
subscribers = "{id}.csv"
"""
SENDER = """[newsletters.sender]
name = "Fernhill"
address = "news@fernhill.example.org"
"""
SEGMENT = """[[newsletters.segments]]
id = "everybody"
name = "Everybody"
"""
A = 'id = "a"\nkind = "file"\naddress = "a"\n'
B = 'id = "b"\nkind = "file"\naddress = "b"\n'
IN_A = '{ id = "a", kind = "file", address = "a" }'
IN_B = '{ id = "b", kind = "file", address = "b" }'
TABLE = "[[newsletters.sources]]\n"


def _letter(sources: str = "", tables: str = "", name: str = "news") -> str:
    return LETTER.format(id=name) + sources + SENDER + tables + SEGMENT


#: shapes that people and programs give the file; each with the newsletter that gets a source
TWISTED: dict[str, tuple[str, str]] = {
    "sample": (SAMPLE, "insights"),
    "starter": (START, "insights"),
    "windows": (SAMPLE.replace("\n", "\r\n"), "insights"),
    "byte order mark": ("\ufeff" + SAMPLE, "insights"),
    "no line end at the end": (TOP + LETTER.format(id="news") + SENDER + SEGMENT + (TABLE + A).rstrip(), "news"),
    "first of two": (TOP + _letter("", TABLE + A) + _letter("", TABLE + B, "other-news"), "news"),
    "second of two": (TOP + _letter("", TABLE + A) + _letter("", TABLE + B, "other-news"), "other-news"),
    "sources parted by themes": (
        TOP + _letter("", TABLE + A + '\n# ours\n[[newsletters.themes]]\nid = "t"\nname = "T"\n# b\n' + TABLE + B),
        "news",
    ),
    "another table inside": (TOP + _letter("", TABLE + A + '[server]\nurl = "smtp://127.0.0.1:25"\n'), "news"),
    "remarks on all sides": (TOP + _letter("", f"# above\n{TABLE}# in\n{A}# below\n\n# next\n"), "news"),
    "a remark of the next table": (TOP + _letter("", TABLE + A + "# who gets it\n"), "news"),
    "indented": (TOP + _letter("", "  " + TABLE + "    " + A.replace("\n", "\n    ", 2)), "news"),
    "odd heading": (TOP + _letter("", '[[ newsletters . "sources" ]] # odd\n' + A), "news"),
    "a text that looks like tables": (
        TOP + _letter('why = """\n[[newsletters]]\nid = "x"\n[[newsletters.sources]]\n# no remark\n"""\n', TABLE + A),
        "news",
    ),
    "a text at the end of a source": (TOP + _letter("", TABLE + A + "name = '''\n[[server]]\n'''\n"), "news"),
    "in one line": (TOP + _letter(f"sources = [{IN_A}, {IN_B}] # two\n"), "news"),
    "in one line, comma": (TOP + _letter(f"sources = [ {IN_A}, ]\n"), "news"),
    "a line each": (TOP + _letter(f"sources = [\n  {IN_A}, # a\n  # b follows\n  {IN_B} # b\n  # end\n]\n"), "news"),
    "a line each, comma": (TOP + _letter(f"sources = [\n\t{IN_A}, # a\n\t{IN_B}, # b\n]\n"), "news"),
    "a line each, closed at once": (TOP + _letter(f"sources = [\n  {IN_A},\n  {IN_B}]\n"), "news"),
    "commas before": (TOP + _letter(f"sources = [\n  {IN_A} # a\n, {IN_B} # b\n]\n"), "news"),
    "all in one value": (
        f'newsletters = [{{ id = "news", name = "N", sender = {{ name = "F", address = "f@e.org" }}, sources = '
        f'[{IN_A}], segments = [{{ id = "e", name = "E" }}] }}]\n{TOP}',
        "news",
    ),
    "none yet, empty": (TOP + _letter("sources = [] # none\n"), "news"),
    "none yet, empty lines": (TOP + _letter("sources = [\n  # none\n]\n"), "news"),
    "none yet, nothing": (TOP + _letter(""), "news"),
    "none yet, first of two": (TOP + _letter("") + _letter("", TABLE + B, "other-news"), "news"),
}
#: a newsletter without a source is a fault, which is mended by hand
SHAPES = [shape for shape in TWISTED if "none yet" not in shape]


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[str], Path]:
    def make(text: str) -> Path:
        (tmp_path / "digest.toml").write_bytes(text.encode())
        return tmp_path

    return make


def _text(folder: Path) -> str:
    return (folder / "digest.toml").read_bytes().decode()


def _sources(text: str, newsletter: str) -> list[Source]:
    return list(next(one for one in parse(text.removeprefix("\ufeff")).newsletters if one.id == newsletter).sources)


def _raw_sources(text: str, newsletter: str) -> list[dict[str, Any]]:
    written = tomllib.loads(text.removeprefix("\ufeff"))["newsletters"]
    found: list[dict[str, Any]] = next(one for one in written if one["id"] == newsletter).get("sources", [])
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_a_source_goes_in_last_and_every_other_byte_stays(shape: str, workspace: Callable[[str], Path]) -> None:
    text, newsletter = TWISTED[shape]
    before = _raw_sources(text, newsletter)
    folder = workspace(text)
    block = add_source(folder, newsletter, NEW)
    made = _text(folder)
    assert _raw_sources(made, newsletter) == [*before, NEW]
    assert _sources(made, newsletter)[-1] == Source(**NEW)  # type: ignore[arg-type]
    assert block in made
    # without the block the old bytes are left, in their order, and what joins it to them
    left = made.replace(block, "", 1)
    kept = iter(left)
    assert all(character in kept for character in text)
    assert (Counter(left) - Counter(text)).keys() <= set(", \t\r\n")
    assert len(left) - len(text) <= 5


@pytest.mark.parametrize("shape", SHAPES)
def test_taking_out_what_was_written_in_gives_the_bytes_of_before(shape: str, workspace: Callable[[str], Path]) -> None:
    text, newsletter = TWISTED[shape]
    folder = workspace(text)
    add_source(folder, newsletter, NEW)
    remove_source(folder, newsletter, "tide-tables")
    assert _text(folder).rstrip() == text.rstrip()


@pytest.mark.parametrize("shape", [shape for shape in TWISTED if len(_raw_sources(*TWISTED[shape])) > 1])
def test_any_source_can_be_taken_out_and_all_others_stay(shape: str, workspace: Callable[[str], Path]) -> None:
    text, newsletter = TWISTED[shape]
    for source in _raw_sources(text, newsletter):
        folder = workspace(text)
        block = remove_source(folder, newsletter, source["id"])
        made = _text(folder)
        assert f'"{source["id"]}"' in block
        assert _raw_sources(made, newsletter) == [one for one in _raw_sources(text, newsletter) if one != source]
        rest = iter(text)
        assert all(character in rest for character in made), "nothing is new, nothing moved"


def test_it_stands_in_the_sample_as_a_person_would_write_it(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    block = add_source(folder, "insights", NEW)
    assert block == (
        "[[newsletters.sources]]\n"
        'id = "tide-tables"\n'
        'kind = "feed"\n'
        'address = "https://tides.example.org/feed"\n'
        'name = "Tide “Tables” & Sons"\n'
    )
    notes = 'website = "https://www.tidewell.example.org/notes"\n'
    assert _text(folder) == SAMPLE.replace(notes, f"{notes}\n{block}")


def test_a_file_from_windows_keeps_its_line_ends(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE.replace("\n", "\r\n"))
    add_source(folder, "insights", NEW)
    made = _text(folder)
    assert made.count("\n") == made.count("\r\n") == SAMPLE.count("\n") + 6


def test_a_remark_under_a_source_stays_with_it_and_one_above_a_table_with_that(
    workspace: Callable[[str], Path],
) -> None:
    folder = workspace(TWISTED["remarks on all sides"][0])
    add_source(folder, "news", NEW)
    made = _text(folder)
    assert made.index("# below") < made.index('"tide-tables"') < made.index("# next")
    folder = workspace(TWISTED["a remark of the next table"][0])
    add_source(folder, "news", NEW)
    assert "# who gets it\n[[newsletters.segments]]" in _text(folder)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXT, website=TEXT, shape=st.sampled_from([shape for shape in SHAPES if "two" not in shape]))
def test_any_name_comes_back_as_it_was_given(
    name: str, website: str, shape: str, workspace: Callable[[str], Path]
) -> None:
    text, newsletter = TWISTED[shape]
    folder = workspace(text)
    values = NEW | {"name": name, "website": website, "allow_private": True}
    add_source(folder, newsletter, values)
    added = _sources(_text(folder), newsletter)[-1]
    assert (added.name, added.website, added.allow_private) == (name, website, True)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (NEW | {"kind": "rss"}, "“kind” cannot be 'rss'"),
        (NEW | {"adress": "x"}, "“adress” is no setting"),
        (NEW | {"address": "javascript:alert(1)"}, "is no web address"),
        (NEW | {"id": "harbour-schools"}, "Two have the id"),
        (NEW | {"id": "Tide Tables"}, "cannot be the id of a source"),
        ({"id": "a"}, "“kind” is missing"),
        (NEW | {"name": object()}, "cannot be written"),
        (NEW | {"name": "half a pair \ud800"}, "cannot be written"),
    ],
)
def test_a_source_that_would_be_a_fault_is_named_and_nothing_is_written(
    values: dict[str, object], says: str, workspace: Callable[[str], Path]
) -> None:
    folder = workspace(SAMPLE)
    with pytest.raises(DigestError, match=says):
        add_source(folder, "insights", values)
    assert _text(folder) == SAMPLE
    assert sorted(file.name for file in folder.iterdir()) == [".digest", "digest.toml"]


def test_a_fault_that_was_there_before_is_told_with_its_line(workspace: Callable[[str], Path]) -> None:
    for old, new in (('at = "08:00"', 'at = "8"'), ("[brand]", "[brand"), ("[brand]", "[[brand]]")):
        folder = workspace(SAMPLE.replace(old, new))
        with pytest.raises(ConfigurationError) as told:
            add_source(folder, "insights", NEW)
        line = SAMPLE.splitlines().index(old) + 1
        assert told.value.findings[0].where == f"digest.toml:{line}"


def test_a_newsletter_or_source_that_is_not_there_is_told_so(
    workspace: Callable[[str], Path],
) -> None:
    folder = workspace(SAMPLE)
    with pytest.raises(NotFound, match="“weekly” is not in"):
        add_source(folder, "weekly", NEW)
    with pytest.raises(NotFound, match="“weekly” is not in"):
        remove_source(folder, "insights", "weekly")
    assert _text(folder) == SAMPLE


def test_what_cannot_be_edited_is_left_to_a_person(workspace: Callable[[str], Path]) -> None:
    escaped = TWISTED["first of two"][0].replace("[[newsletters.sources]]", '[["n\\u0065wsletters".sources]]')
    text = escaped.replace("[[newsletters]]", '[["n\\u0065wsletters"]]')
    folder = workspace(text)
    with pytest.raises(ConfigurationError, match="place") as told:
        add_source(folder, "news", NEW)
    assert "by hand" in told.value.mend
    assert _text(folder) == text


def test_a_folder_that_is_no_workspace_is_told_so_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no workspace"):
        add_source(tmp_path, "insights", NEW)
    assert not list(tmp_path.iterdir())


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    folder = tmp_path / "workspace"
    kept.mkdir()
    folder.mkdir()
    (kept / "ours.toml").write_text(SAMPLE)
    (kept / "ours.toml").chmod(0o640)
    (folder / "digest.toml").symlink_to("../kept/ours.toml")
    add_source(folder, "insights", NEW)
    assert (folder / "digest.toml").is_symlink()
    assert len(_sources(_text(folder), "insights")) == 4
    assert (kept / "ours.toml").stat().st_mode & 0o7777 == 0o640
    assert [file.name for file in kept.iterdir()] == ["ours.toml"]


def test_what_an_editor_saved_meanwhile_is_never_overwritten(
    workspace: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace(SAMPLE)
    versions.keep(folder, SAMPLE)
    sync = os.fsync

    def saved_meanwhile(handle: int) -> None:
        sync(handle)
        (folder / "digest.toml").write_text(SAMPLE + "# saved by an editor\n")

    monkeypatch.setattr(writing.os, "fsync", saved_meanwhile)
    with pytest.raises(Refused, match="changed by somebody else"):
        add_source(folder, "insights", NEW)
    assert _text(folder) == SAMPLE + "# saved by an editor\n"
    assert sorted(file.name for file in folder.iterdir()) == [".digest", "digest.toml"]


def test_a_disk_that_is_full_leaves_the_file_as_it_was(
    workspace: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace(SAMPLE)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(Refused, match="No space left"):
        add_source(folder, "insights", NEW)
    assert _text(folder) == SAMPLE
    assert sorted(file.name for file in folder.iterdir()) == [".digest", "digest.toml"]


def test_who_waits_too_long_for_another_writer_is_told_so(
    workspace: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace(SAMPLE)
    monkeypatch.setattr(writing, "MOST_SECONDS", 0.1)
    with writing.alone(folder), pytest.raises(Refused, match="Somebody else is changing"):
        add_source(folder, "insights", NEW)
    assert _text(folder) == SAMPLE


WRITER = """
import sys
from pathlib import Path
from tests.config.entries import add_source, remove_source
for number in range(5):
    name = f"{sys.argv[2]}-{number}"
    add_source(Path(sys.argv[1]), "insights", {"id": name, "kind": "file", "address": name})
remove_source(Path(sys.argv[1]), "insights", f"{sys.argv[2]}-0")
"""


def test_two_processes_that_write_at_once_lose_nothing(workspace: Callable[[str], Path]) -> None:
    folder = workspace(SAMPLE)
    command = [sys.executable, "-c", WRITER, str(folder)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True, cwd=ROOT) for name in ("a", "b")]
    for writer in writers:
        _, said = writer.communicate(timeout=60)
        assert writer.returncode == 0, said
    ids = {source.id for source in _sources(_text(folder), "insights")}
    written = {f"{name}-{number}" for name in "ab" for number in range(1, 5)}
    assert ids == {"our-insights", "harbour-schools", "field-notes", *written}


@pytest.mark.parametrize(
    ("words", "taken", "made"),
    [
        ("Harbour Schools Network", (), "harbour-schools-network"),
        ("https://www.Harbour-Schools.example.org/feed.xml", (), "harbour-schools-example-org"),
        ("www.example.org", (), "example-org"),
        ("Café “Größe” & Łódź", (), "cafe-grosse-odz"),
        ("教育新闻", (), "source"),
        ("教育新闻", ("source",), "source-2"),
        ("Other", (), "other-2"),
        ("Notes", ("notes", "notes-2"), "notes-3"),
        ("x" * 60, ("x" * 40,), "x" * 38 + "-2"),
        ("", (), "source"),
        ("https://[", (), "source"),
    ],
)
def test_an_id_is_made_of_a_sites_name_or_address(words: str, taken: tuple[str, ...], made: str) -> None:
    assert unique_id(words, taken) == made


@given(st.text(), st.lists(st.text("abo-1", min_size=1, max_size=3)))
def test_an_id_is_always_one_that_the_file_takes(words: str, taken: list[str]) -> None:
    made = unique_id(words, taken)
    assert made not in taken
    assert len(made) <= ID_CHARACTERS
    assert parse(SAMPLE.replace('id = "field-notes"', f'id = "{made}"'))
