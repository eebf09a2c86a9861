from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.errors import DocumentError, FetchError
from digest.domain.model import Document, Item, PageHead, Reading, Source, Validators
from digest.sources import from_disk, read
from digest.sources.asking import Asking

LONG = "A long paragraph about a school by the sea. " * 6


def _read(text: str | bytes, name: str = "notes.txt") -> Reading:
    content = text if isinstance(text, bytes) else text.encode()
    return read("file", Document(content=content, base="https://a.example/notes/", name=name))


def _pairs(reading: Reading) -> list[tuple[str, str]]:
    return [(item.title, item.summary) for item in reading.items]


def _item(text: str, name: str) -> Item:
    (item,) = _read(text, name).items
    return item


def test_the_seed_gives_a_page_heading_and_eight_insights_with_whole_summaries(shared: Path) -> None:
    seed = shared / "seed/our-insights.txt"
    made = read("file", from_disk(seed))
    blocks = [block.split("\n") for block in re.split(r"\n\n", seed.read_text().strip())]
    wanted = [(lines[0], " ".join(" ".join(lines[1:]).split())) for lines in blocks]
    assert (made.page.title, made.page.introduction) == wanted[0]
    assert made.page.title == "Our insights"
    assert made.page.introduction.endswith("a brighter future for all babies, children and young people.")
    assert [item.title for item in made.items] == [
        "Concrete jungle where dreams are made",
        "Moonshots and milestones: How schools can embrace the ‘Opportunity Mission’",
        "Joining the x100",
        "Doughnut education? From rigour to resilience",
        "Parent & pioneer: Transforming Early Years education in Feltham",
        "Bacon sandwiches and academic excellence: an unlikely alliance",
        "Hearts vs handbooks? Relationship-centred practice in schools",
        "Palatial idealism and scrappy ingenuity: Embracing Jugaad in education",
    ]
    assert _pairs(made) == wanted[1:]
    assert made.findings == ()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_in_every_usual_encoding_and_line_end(line_end: str, encoding: str) -> None:
    text = line_end.join(["Café “Blue”", "It’s open – now.", "", "", "Second", "Two lines", "of it."])
    assert _pairs(_read(text.encode(encoding))) == [("Café “Blue”", "It’s open – now."), ("Second", "Two lines of it.")]


def test_a_title_followed_by_an_empty_line_is_still_the_title_of_its_paragraph() -> None:
    made = _read(f"Otters return\n\nThey swim at night.\n\nA bus\n\n{LONG}\n")
    assert _pairs(made) == [("Otters return", "They swim at night."), ("A bus", LONG.strip())]


def test_titles_alone_are_insights_without_a_summary() -> None:
    assert _pairs(_read("Otters return\n\nA bus for the valley\n")) == [
        ("Otters return", ""),
        ("A bus for the valley", ""),
    ]


def test_a_paragraph_without_a_title_is_left_out_and_told() -> None:
    made = _read(f"{LONG}\n\nA bus\nIt runs.\n")
    assert _pairs(made) == [("A bus", "It runs.")]
    assert [finding.code for finding in made.findings] == ["file.no-title"]


def test_an_address_on_a_line_of_its_own_is_the_link() -> None:
    (item,) = _read("A bus\nIt runs. See https://b.example/ too.\nhttps://a.example/bus\n").items
    assert (item.link, item.summary) == ("https://a.example/bus", "It runs. See https://b.example/ too.")


@pytest.mark.parametrize("heading", ["Our insights", "LATEST NEWS", "News and events", "What we think", "Case studies"])
def test_the_heading_of_a_listing_is_no_insight(heading: str) -> None:
    made = _read(f"{heading}\nAll that we write.\n\nA bus\nIt runs.\n")
    assert made.page == PageHead(title=heading, introduction="All that we write.")
    assert _pairs(made) == [("A bus", "It runs.")]


@pytest.mark.parametrize("title", ["Our insights into reading", "What we learned about buses", "New nursery opens"])
def test_a_title_with_a_word_of_its_own_is_an_insight(title: str) -> None:
    assert _pairs(_read(f"{title}\nA text.\n\nA bus\nIt runs.\n"))[0] == (title, "A text.")


def test_what_looks_like_markup_in_a_text_is_text() -> None:
    assert _pairs(_read("1 < 2 & <b>bold</b>\n&lt;kept&gt; {{ 7*7 }}\n")) == [
        ("1 < 2 & <b>bold</b>", "&lt;kept&gt; {{ 7*7 }}")
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv"])
@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told(content: bytes, name: str) -> None:
    with pytest.raises(DocumentError, match="is empty"):
        _read(content, name)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04\x14\0\0\0", b"%PDF-1.7\n\0\0"])
def test_a_binary_file_is_told(content: bytes) -> None:
    with pytest.raises(DocumentError, match="is not a text file"):
        _read(content)


@pytest.mark.parametrize(
    ("front", "date"),
    [
        ("date: 2026-11-05", datetime(2026, 11, 5, tzinfo=UTC)),
        ("date: 2026-11-05T10:00:00+02:00", datetime(2026, 11, 5, 8, tzinfo=UTC)),
        ("Published: '5 November 2026'", datetime(2026, 11, 5, tzinfo=UTC)),
        ("date: '05/11/2026'", datetime(2026, 11, 5, tzinfo=UTC)),
        ("date: soon", None),
        ("date: 0001-01-01T00:00:00+05:00", None),
        ("date:", None),
    ],
)
def test_a_date_of_front_matter_is_read_in_utc(front: str, date: datetime | None) -> None:
    assert _item(f"---\ntitle: A\n{front}\n---\nText.\n", "a.md").date == date


@pytest.mark.parametrize(
    ("front", "field", "value"),
    [
        ("link: /bus", "link", "https://a.example/bus"),
        ("URL: https://b.example/x", "link", "https://b.example/x"),
        ("permalink: javascript:alert(1)", "link", ""),
        ("author: Ann & Ben", "author", "Ann & Ben"),
        ("authors: [Ann, Ben]", "author", "Ann, Ben"),
        ("tags: [Play, R&D]", "categories", ("Play", "R&D")),
        ("categories: Play, Nurseries", "categories", ("Play", "Nurseries")),
        ("tags: 5", "categories", ("5",)),
        ("image: pic.jpg", "image", "https://a.example/notes/pic.jpg"),
        ("summary: 1 < 2", "summary", "1 < 2"),
        ("title: 2026", "title", "2026"),
    ],
)
def test_front_matter_gives_the_fields(front: str, field: str, value: object) -> None:
    title = "" if front.startswith("title") else "title: A\n"
    assert getattr(_item(f"---\n{title}{front}\n---\nText.\n", "a.md"), field) == value


@pytest.mark.parametrize(
    ("text", "title", "summary"),
    [
        ("# A bus\n\nIt *runs* [daily](https://x.example).\n\nMore.\n", "A bus", "It runs daily."),
        ("---\ntitle: Named\n---\n# A bus\n\nIt runs.\n", "Named", "It runs."),
        ("Just a paragraph.\n", "a bus stop", "Just a paragraph."),
        ("# A bus #\n", "A bus", ""),
        ("# A bus\n\n## Why\n\n- one\n\nThen <b>this</b>.\n", "A bus", "one"),
        ("---\njust words\n---\nText.\n", "a bus stop", "Text."),
        ("---\n---\n# A\n\nText.\n", "A", "Text."),
    ],
)
def test_a_title_comes_from_the_front_matter_else_the_heading_else_the_files_name(
    text: str, title: str, summary: str
) -> None:
    item = _item(text, "a-bus-stop.md")
    assert (item.title, item.summary) == (title, summary)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: A\nauthor: [Ann\n---\nText\n", 4),
        ("---\ntitle: A: b\n---\nText\n", 2),
        ("---\n\ttitle: A\n---\nx", 2),
    ],
)
def test_broken_front_matter_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DocumentError, match=rf"a\.md:{line}: the front matter cannot be read"):
        _read(text, "a.md")


def test_front_matter_makes_no_objects() -> None:
    with pytest.raises(DocumentError):
        _read("---\ntitle: !!python/object/apply:os.getcwd []\n---\nText\n", "a.md")


@pytest.mark.parametrize("parted_by", [",", ";", "\t"])
def test_a_table_is_read_by_the_names_of_its_columns(parted_by: str) -> None:
    rows = [["Date", "Title ", "URL", "description"], ["2026-11-05", "A < B & C", "/x", '"two\nlines"']]
    (item,) = _read("\n".join(parted_by.join(row) for row in rows), "a.csv").items
    assert (item.title, item.summary) == ("A < B & C", "two lines")
    assert (item.link, item.date) == ("https://a.example/x", datetime(2026, 11, 5, tzinfo=UTC))


def test_categories_of_a_table_are_parted_by_semicolons_and_are_text() -> None:
    assert _item("title,categories\nA,Play; a<b ;\n", "a.csv").categories == ("Play", "a<b")


def test_rows_of_a_table_may_be_short_long_or_untitled() -> None:
    made = _read("title,link\nA\nB,/b,surplus\n,/c\n", "a.csv")
    assert [item.title for item in made.items] == ["A", "B"]
    assert [finding.code for finding in made.findings] == ["collect.untitled"]


def test_a_table_without_titles_is_told() -> None:
    with pytest.raises(DocumentError, match="there is no column “title”"):
        _read("name,link\nA,/a\n", "a.csv")


@given(st.binary(max_size=200), st.sampled_from(["a.txt", "a.md", "a.csv"]))
def test_no_bytes_make_it_fail_in_another_way(content: bytes, name: str) -> None:
    try:
        made = _read(b"title,date\n" + content if name == "a.csv" else content, name)
    except DocumentError:
        return
    assert all(item.title for item in made.items)


def test_a_folder_is_read_in_the_order_of_names(asking: Asking, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "b.md").write_text("# B\n")
    (folder / "a.TXT").write_text("A\nText.\n")
    (folder / "c.png").write_bytes(b"\0")
    gathered = asking.gather(Source(id="n", kind="file", address="notes"), Validators())
    assert gathered.reading is not None
    assert [item.title for item in gathered.reading.items] == ["A", "B"]


def test_a_folder_without_notes_and_a_missing_file_are_told(asking: Asking, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="holds no file"):
        asking.gather(Source(id="n", kind="file", address="."), Validators())
    with pytest.raises(FetchError, match="cannot be read"):
        asking.gather(Source(id="n", kind="file", address="gone.txt"), Validators())


def test_a_bad_file_of_a_folder_spoils_no_other_and_is_told(asking: Asking, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A: b\n---\n")
    (tmp_path / "b.md").write_text("# B\n")
    gathered = asking.gather(Source(id="n", kind="file", address="."), Validators())
    assert gathered.reading is not None
    assert [item.title for item in gathered.reading.items] == ["B"]
    assert "a.md" in " ".join(f"{finding.where} {finding.what}" for finding in gathered.reading.findings)
