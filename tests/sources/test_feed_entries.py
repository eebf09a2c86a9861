from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.domain.errors import DocumentError
from digest.domain.model import DateFrom, Document, Insight, Item, Reading, Source
from digest.sources import read
from digest.stages.collect import insights

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SOURCE = Source(id="s", kind="feed", address="https://a.example/feed")
SPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def document(content: str | bytes, content_type: str = "", base: str = "https://a.example/news/feed") -> Document:
    data = content if isinstance(content, bytes) else content.encode()
    return Document(content=data, base=base, name="feed", content_type=content_type)


def rss(*items: str) -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {SPACES}><channel><title>F</title>{inside}</channel></rss>'


def atom(entry: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry>{entry}</entry></feed>'


def only(content: str) -> Item:
    (item,) = read("feed", document(content)).items
    return item


def stored(*items: str, before: Iterable[Insight] = ()) -> list[Insight]:
    """Collect a feed as the program does: what has the id of something known is not new."""
    made = insights(SOURCE, read("feed", document(rss(*items))), {}, NOW).insights
    known = {insight.id for insight in before}
    return [*before, *(insight for insight in made if insight.id not in known)]


# ---------------------------------------------------------------------------------------------
# Odd entries


def test_an_entry_whose_text_changes_under_its_id_comes_once() -> None:
    first = "<title>A</title><guid isPermaLink='false'>1</guid><description>Old</description>"
    second = "<title>A, again</title><guid isPermaLink='false'>1</guid><description>New</description>"
    assert [one.title for one in stored(first, second)] == ["A"]
    assert [one.title for one in stored(second, before=stored(first))] == ["A"]


def test_entries_without_an_id_come_once_by_their_link_or_else_by_their_title() -> None:
    by_link = stored("<title>A</title><link>/1</link>", "<title>B</title><link>/1?utm_source=x</link>")
    by_title = stored("<title>A</title>", "<title>A</title>", "<title>B</title>")
    assert [one.title for one in by_link] == ["A"]
    assert [one.title for one in by_title] == ["A", "B"]
    assert stored("<title>A</title>", before=by_title) == by_title


@pytest.mark.parametrize(
    "date",
    ["Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 01 Jan 2040 00:00:00 GMT", "0000-00-00", "yesterday", "",
     "9999-12-31T23:59:59-11:00"],
)  # fmt: skip
def test_a_date_that_cannot_be_true_is_the_day_it_was_first_seen(date: str) -> None:
    (made,) = stored(f"<title>A</title><pubDate>{date}</pubDate>")
    assert (made.published, made.date_from) == (NOW, DateFrom.FIRST_SEEN)


def test_a_date_a_little_ahead_is_another_clock() -> None:
    (made,) = stored("<title>A</title><pubDate>Mon, 23 Nov 2026 18:00:00 GMT</pubDate>")
    assert (made.published, made.date_from) == (NOW + timedelta(hours=9), DateFrom.STATED)


# ---------------------------------------------------------------------------------------------
# Titles and texts


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Reading &amp;amp; writing", "Reading & writing"),
        ("Reading &amp; writing", "Reading & writing"),
        ("<![CDATA[Reading &amp; <em>writing</em>]]>", "Reading & writing"),
        ("<![CDATA[Reading & writing]]>", "Reading & writing"),
        ("The &lt;section&gt; element", "The <section> element"),
        ("Wind&lt;br&gt;rain", "Wind rain"),
        ("5 &lt; 6 and 7 &gt; 2", "5 < 6 and 7 > 2"),
        ("It&amp;#8217;s here", "It’s here"),
        ("It&#8217;s here", "It’s here"),
        ("  over \n two lines ", "over two lines"),
    ],
)
def test_a_title_of_rss_is_what_a_reader_would_see(written: str, title: str) -> None:
    assert only(rss(f"<title>{written}</title>")).title == title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("A smile &#xD83D;&#xDE00;!", "A smile 😀!"),
        ("A smile &#55357;&#56832;!", "A smile 😀!"),
        ("Half &#xd83d; a smile", "Half \ufffd a smile"),
        ("Half &#xDE00;&#xD83D; a smile", "Half \ufffd\ufffd a smile"),
        ("None &#x110000; and &#99999999999; and &#xFFFFFFFFFF;", "None \ufffd and \ufffd and \ufffd"),
        ("Whole &#x1F600; &#128512; &#x0001F600;", "Whole 😀 😀 😀"),
        ("A &#7; bell", "A bell"),
    ],
)
def test_a_reference_to_no_character_spoils_no_feed(written: str, title: str) -> None:
    made = read("feed", document(rss(f"<title>{written}</title>", "<title>B</title>")))
    assert [item.title for item in made.items] == [title, "B"]


@pytest.mark.parametrize(
    ("kind", "written", "title"),
    [
        ("", "Reading &amp; <![CDATA[<b>]]>", "Reading & <b>"),
        ("text", "The &lt;b>bold&lt;/b> tag &amp;amp; more", "The <b>bold</b> tag &amp; more"),
        ("html", "A &lt;b>bold&lt;/b> tag &amp;amp; more", "A bold tag & more"),
        ("html", "One &amp;lt; two", "One < two"),
        ("html", "&amp;amp;lt;b>", "&lt;b>"),
        ("xhtml", '<div xmlns="http://www.w3.org/1999/xhtml">A <b>bold</b> &lt;tag></div>', "A bold <tag>"),
    ],
)
def test_a_title_of_atom_is_read_as_the_type_it_says(kind: str, written: str, title: str) -> None:
    said = f' type="{kind}"' if kind else ""
    assert only(atom(f"<title{said}>{written}</title>")).title == title
    assert only(atom(f"<title>T</title><summary{said}>{written}</summary>")).summary == title
    assert only(atom(f"<title>T</title><content{said}>{written}</content>")).summary == title


def test_a_picture_that_is_an_entrys_content_is_no_text() -> None:
    assert only(atom('<title>T</title><content type="image/png">iVBORw0KGgo=</content>')).summary == ""


def test_an_entry_without_a_title_gets_its_first_sentence() -> None:
    item = only(rss("<description>&lt;p>The bus is back. It runs &amp;amp; daily.&lt;/p></description>"))
    assert (item.title, item.summary) == ("The bus is back.", "It runs & daily.")


def test_a_text_that_is_one_sentence_is_not_said_twice() -> None:
    item = only(rss("<title></title><description>The bus is back.</description>"))
    assert (item.title, item.summary) == ("The bus is back.", "")


def test_a_long_first_sentence_is_cut_between_words_and_its_text_stays_whole() -> None:
    text = "The bus to the harbour and the school on the hill " * 4
    item = only(rss(f"<description>{text}</description>"))
    assert item.title.endswith("…")
    assert len(item.title) <= 100
    assert text.startswith(item.title[:-1] + " ")
    assert item.summary == text.strip()


def test_a_title_of_signs_is_not_made_from_an_address_alone() -> None:
    made = read("feed", document(rss("<description>https://a.example/1</description>", "<description>…</description>")))
    assert made.items == ()
    assert [finding.code for finding in made.findings] == ["collect.untitled"] * 2


def test_a_made_title_is_text_and_no_markup_comes_through_it() -> None:
    item = only(rss("<description>&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt; is shown.</description>"))
    assert item.title == "<script>alert(1)</script> is shown."


@pytest.mark.parametrize("language", ["en-GB", "de", "zh-Hant", "", "xx-unknown", "pt_BR"])
def test_whatever_language_a_source_says_a_sentence_is_found(language: str) -> None:
    content = rss("<description>Eins. Zwei.</description>").encode()
    (item,) = read("feed", Document(content=content, base="", name="feed", language=language)).items
    assert item.title == "Eins."


def test_authors_are_their_names_and_of_atom_the_feeds_where_an_entry_has_none() -> None:
    assert only(rss("<title>T</title><author>ann@a.example (Ann Bell)</author>")).author == "Ann Bell"
    assert only(rss("<title>T</title><author>ann@a.example</author>")).author == ""
    assert only(rss("<title>T</title><dc:creator>Ann Bell &lt;ann@a.example></dc:creator>")).author == "Ann Bell"
    two = "<author><name>Ann</name></author><author><name>Ben</name></author>"
    assert only(atom(f"<title>T</title>{two}")).author == "Ann, Ben"
    inherited = atom("<title>T</title>").replace("<entry>", "<author><name>Cy</name></author><entry>")
    assert only(inherited).author == "Cy"


# ---------------------------------------------------------------------------------------------
# Links and pictures

HOSTILE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "  javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java&#10;script:alert(1)",
    "&#106;avascript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript&#58;alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "DATA:image/svg+xml,x",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
]


@pytest.mark.parametrize("link", HOSTILE)
@pytest.mark.parametrize("base", ["https://a.example/feed", ""])
def test_no_link_that_runs_or_opens_files_survives(link: str, base: str) -> None:
    feeds = [
        rss(
            f"<title>T</title><link>{link}</link><enclosure url='{link}' type='image/png'/>"
            f"<media:thumbnail url='{link}'/><itunes:image href='{link}'/>"
            f"<description>&lt;img src='{link}'></description>"
        ),
        rss(f"<title>T</title><guid>{link}</guid><media:content url='{link}' medium='image'/>"),
        atom(f"<title>T</title><link href='{link}'/><link rel='enclosure' type='image/png' href='{link}'/>"),
        atom(f"<title>T</title><id>{link}</id>"),
        atom("<title>T</title><link href='x'/>").replace("<entry>", f"<entry xml:base='{link}'>"),
    ]
    for feed in feeds:
        for item in read("feed", document(feed, base=base)).items:
            assert all(one == "" or one.startswith("https://a.example/") for one in (item.link, item.image))


def test_relative_addresses_are_relative_to_xml_base() -> None:
    entry = (
        "<title>T</title><link href='one'/><link rel='enclosure' type='image/png' href='a.png'/>"
        "<content type='html'>&lt;img src='b.png'></content>"
    )
    based = atom(entry).replace("<entry>", "<entry xml:base='/blog/'>")
    item = only(based)
    assert (item.link, item.image) == ("https://a.example/blog/one", "https://a.example/blog/a.png")
    assert only(based.replace("enclosure", "related")).image == "https://a.example/blog/b.png"
    assert only(atom(entry)).link == "https://a.example/news/one"
    elsewhere = atom(entry).replace("<feed ", "<feed xml:base='https://b.example/c/' ")
    assert (only(elsewhere).link, only(elsewhere).image) == ("https://b.example/c/one", "https://b.example/c/a.png")


def test_an_id_that_cannot_be_opened_gives_way_to_another_form_of_the_entry() -> None:
    other = "<link rel='alternate' type='application/pdf' href='/one.pdf'/>"
    assert only(atom(f"<title>T</title><id>tag:a.example,2026:1</id>{other}")).link == "https://a.example/one.pdf"
    assert only(atom("<title>T</title><id>urn:uuid:1</id>")).link == ""


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ("<media:thumbnail url='a.jpg'/><media:content url='b.jpg' medium='image'/>", "a.jpg"),
        ("<media:content url='a.jpg' width='140'/><media:content url='b.jpg' width='620'/>", "b.jpg"),
        ("<media:group><media:content url='f.mp4' type='video/mp4'/><media:thumbnail url='a.jpg'/></media:group>",
         "a.jpg"),
        ("<media:content url='f.mp4' medium='video'/><enclosure url='a.png' type='image/png'/>", "a.png"),
        ("<enclosure url='f.mp3' type='audio/mpeg'/><itunes:image href='a.jpg'/>", "a.jpg"),
        ("<enclosure url='a.webp?size=1'/>", "a.webp?size=1"),
        ("<enclosure url='f.mp3'/>", ""),
        ("<content:encoded>&lt;p>x&lt;img alt='' src=\"a.jpg?x=1&amp;amp;y=2\" /></content:encoded>", "a.jpg?x=1&y=2"),
        ("<description>&lt;IMG SRC=a.jpg></description>", "a.jpg"),
        ("<description>&lt;img src='p.gif' width='1' height='1'>&lt;img src='a.jpg' width='600px'></description>",
         "a.jpg"),
        ("<description>&lt;img class='wp-smiley' src='s.png'>&lt;img src='data:image/gif;base64,R0'></description>",
         ""),
        ("<description>&lt;img data-src='a.jpg'>&lt;img alt='src=x'></description>", ""),
    ],
)  # fmt: skip
def test_the_picture_is_the_one_the_feed_names_or_the_first_in_its_text(written: str, image: str) -> None:
    made = only(rss(f"<title>T</title>{written}")).image
    assert made == (f"https://a.example/news/{image}" if image else "")


# ---------------------------------------------------------------------------------------------
# Encodings

WORDS = "Café – naïve “words” €5"


@pytest.mark.parametrize(
    ("written_in", "declared", "content_type"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", "", ""),
        ("utf-8", "", "text/xml"),
        ("utf-8", "utf-8", "text/xml; charset=windows-1252"),
        ("utf-8", "iso-8859-1", "application/rss+xml; charset=iso-8859-1"),
        ("utf-8", "us-ascii", "text/plain"),
        ("utf-8-sig", "windows-1252", "application/xml; charset=iso-8859-15"),
        ("cp1252", "utf-8", "application/xml; charset=utf-8"),
        ("cp1252", "", ""),
        ("cp1252", "windows-1252", ""),
        ("iso-8859-15", "iso-8859-15", ""),
        ("utf-16", "utf-16", "application/xml; charset=utf-8"),
        ("utf-16", "utf-8", ""),
        ("utf-16-le", "utf-16", ""),
        ("utf-16-be", "utf-16", ""),
        ("utf-32", "utf-32", ""),
        ("utf-32", "utf-8", "text/xml"),
    ],
)
def test_whatever_is_declared_the_text_is_right(written_in: str, declared: str, content_type: str) -> None:
    words = WORDS.replace("–", "-").replace("“", '"').replace("”", '"') if written_in == "iso-8859-15" else WORDS
    opening = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    content = opening + rss(f"<title>{words}</title><category domain='{words}'>{words}</category>")
    (item,) = read("feed", document(content.encode(written_in), content_type)).items
    assert (item.title, item.categories) == (words, (words,))


def test_one_bad_byte_spoils_no_other_word() -> None:
    content = rss(f"<title>{WORDS}</title><description>{WORDS} cut in caf</description>").encode()
    (item,) = read("feed", document(content.replace(b"in caf", b"in caf\xc3"), "text/xml; charset=utf-8")).items
    assert (item.title, item.summary) == (WORDS, f"{WORDS} cut in caf\ufffd")


# ---------------------------------------------------------------------------------------------
# What is hostile


def test_bytes_that_are_the_name_of_a_file_open_none(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(rss("<title>Secret</title>"))
    with pytest.raises(DocumentError, match="is not a feed"):
        read("feed", document(str(secret)))


def test_a_page_is_no_feed_and_the_feed_it_names_is_told() -> None:
    link = "<link rel='alternate' type='application/rss+xml' href='/feed.xml'>"
    page = f"<html><head><title>News</title>{link}</head><body><p>News</p></body></html>"
    with pytest.raises(DocumentError) as told:
        read("feed", document(page))
    assert 'address = "https://a.example/feed.xml"' in told.value.mend


def test_a_feed_with_neither_title_nor_entries_is_an_empty_feed() -> None:
    assert read("feed", document("<rss version='2.0'><channel></channel></rss>")) == Reading(is_markup=False)


BOMBS = {
    "an entity said 17,000 times": f'<!DOCTYPE r [<!ENTITY a "{"B" * 50_000}">]><rss><channel><title>{"&a;" * 17_000}',
    "entities of entities": "<!DOCTYPE r ["
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    + "]><rss><channel><title>&e11;</title></channel></rss>",
    "a file as an entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss("<title>T &x;</title>"),
    "deep elements": "<rss><channel>" + "<a>" * 50_000,
    "deep markup": rss("<title>T</title><description>" + "&lt;div>" * 100_000 + "</description>"),
    "no end of pictures": rss("<title>T</title><description>" + "&lt;img " * 100_000 + "</description>"),
    "no end of signs": rss("<title>" + "&amp;lt;" * 50_000 + "</title>"),
    "attributes": "<rss><channel><item " + " ".join(f"a{n}='1'" for n in range(5_000)) + "><title>T",
    "deep JSON": '{"items": ' + "[" * 1_000_000,
}
PROGRAM = """
import sys
from digest.domain.errors import DocumentError
from digest.domain.model import Document
from digest.sources import read
try:
    reading = read("feed", Document(content=sys.stdin.buffer.read(), base="", name="bomb"))
    assert not any("root:" in item.title for item in reading.items)
except DocumentError:
    pass
# getrusage would count what the tests' own process held when it started this one
held = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
assert held < 400_000, held
"""


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_read_or_refused_in_seconds_and_little_memory(bomb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=BOMBS[bomb].encode(), capture_output=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


#: what feeds are made of, and what feedparser stumbles over
TOKENS = (
    "< > </ /> <![CDATA[ ]]> & &# &#x110000; &#99999999999999999999; &amp; ; = ' \" x é http:// [ <item> </item> "
    "<entry> <title> </title> <link <link> </link> <guid> <source> </source> <media:thumbnail <media:rating> "
    "</media:rating> <media:credit> </media:credit> </media:license> <itunes:explicit> </itunes:explicit> <image> "
    "<textInput> <content type='html' mode='base64'> <svg> <category> </category> </dcterms:valid> <?xml "
    "<!DOCTYPE <!ENTITY <author> </author> <georss:point> </georss:point> <psc:chapters> href='http://[x' "
    "xml:base='http://[x' <gml:pos> </gml:pos> <cloud> "
)


@given(st.lists(st.sampled_from(TOKENS.split()), max_size=25))
@settings(deadline=None, max_examples=150)
def test_any_heap_of_tags_is_read_or_told(tokens: list[str]) -> None:
    for content in (rss(" ".join(tokens)), atom(" ".join(tokens)), " ".join(tokens)):
        try:
            made = read("feed", document(content))
        except DocumentError:
            continue
        assert all(item.title for item in made.items)


@given(st.binary(max_size=200), st.sampled_from([b"", b"<rss><channel><item><title>", b"{", b"\xff\xfe", b"<?xml "]))
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_read_or_told(content: bytes, opening: bytes) -> None:
    with suppress(DocumentError):
        assert all(item.title for item in read("feed", document(opening + content)).items)
