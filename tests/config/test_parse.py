from __future__ import annotations

from pathlib import Path

import pytest

from digest.config import load, parse, password, secret, token
from digest.config.dns import is_domain
from digest.domain.errors import ConfigurationError
from digest.domain.model import Finding, Severity

SAMPLE = (Path(__file__).parents[2] / "digest.toml").read_text()


def _edited(*edits: tuple[str, str]) -> str:
    text = SAMPLE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def _faults(text: str) -> tuple[Finding, ...]:
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    return told.value.findings


def _line(text: str, words: str) -> str:
    """Name the place of the first line that holds these words."""
    return f"digest.toml:{next(n for n, line in enumerate(text.splitlines(), 1) if words in line)}"


def test_the_sample_is_read_as_it_stands() -> None:
    workspace = parse(SAMPLE)
    (newsletter,) = workspace.newsletters
    assert (newsletter.id, newsletter.schedule.days) == ("insights", ("tuesday",))
    assert [source.kind for source in newsletter.sources] == ["page", "feed", "file"]
    assert len(newsletter.themes) == 5
    assert newsletter.introduction.startswith("Hello {{ first_name | there }},")


SEGMENTS = '[[newsletters.segments]]\nid = "schools"'


@pytest.mark.parametrize(
    ("old", "new", "at", "code", "says"),
    [
        # the dress of the email
        ("[brand]", '[brand]\nlook = "cards"', "look =", "value", "It is one of 'card'"),
        ("[brand]", '[brand]\nfont = "Comic"', "font =", "value", "no list of fonts"),
        ("[brand]", '[brand]\nheading_font = "x\\";y, serif"', "heading_font =", "value", "no list of fonts"),
        ("[brand]", '[brand]\nlogo = "http://x.example/l.png"', "logo =", "value", "no https address"),
        ("[brand]", "[brand]\nlogo_width = 2000", "logo_width =", "value", "16 to 552 px"),
        # what stands beside stories
        *[
            (SEGMENTS, f"[[newsletters.blocks]]\n{block}\n{SEGMENTS}", at, "value", says)
            for block, at, says in [
                ('kind = "hero"', 'kind = "hero"', "no block of your own"),
                ('kind = "../x"', 'kind = "../x"', "no block of your own"),
                ('kind = "event"\ntitle = "A fair"', "[[newsletters.blocks]]", "needs “when”"),
                ('kind = "picture"\npicture = "https://x.example/p.jpg"', "[[newsletters.blocks]]", "needs “alt”"),
                ('kind = "button"\nwords = "Go"\nlink = "javascript:x"', "link =", "no web address"),
                ('kind = "text"\ntext = "x"\nlink = "https://x.example"', "[[newsletters.blocks]]", "no words"),
                ('kind = "text"\ntext = "{{ nmae }}"', "text =", "is no placeholder"),
                ('kind = "picture"\nalt = "A"\npicture = "file:///x"', "picture =", "no https address"),
            ]
        ],
        (
            'name = "Partners, trustees and funders"',
            'name = "P"\nthemes = ["plcae"]',
            "themes =",
            "value",
            "no theme “plcae”",
        ),
        ('name = "Tidewell insights"', 'name = "T"\nstories_in_full = -1', "stories_in_full", "value", "less than 0"),
        # unknown keys
        ("[brand]", "[brand]\ncolour = 1", "colour =", "unknown-key", "“colour” is no setting"),
        ('at = "08:00"', 'att = "08:00"', "att =", "unknown-key", "Did you mean “at”?"),
        ("description = ", "descripton = ", "descripton", "unknown-key", "Did you mean “description”?"),
        ('id = "field-notes"', 'id = "field-notes"\nadress = "x"', "adress", "unknown-key", "Did you mean “address”?"),
        ("[server]", "[sever]", "[sever]", "unknown-key", "Did you mean “server”?"),
        ("timeout = 60", "zzz = 60", "zzz = ", "unknown-key", "Known here: id, url, tls, timeout"),
        # missing keys: the table they are missing from
        ('organisation = "Tidewell Learning Trust"\n', "", "[brand]", "missing-key", "“organisation” is missing"),
        ('id = "our-insights"\n', "", "[[newsletters.sources]]", "missing-key", "“id” is missing"),
        (
            'address = "insights@tidewell.example.org"\n',
            "",
            "[newsletters.sender]",
            "missing-key",
            "“address” is missing",
        ),
        ('base_url = "https://digest.example.org"\n', "", "# Tidewell", "missing-key", "“base_url” is missing"),
        # types
        ("timeout = 60", 'timeout = "soon"', "timeout =", "value", "integer"),
        ("timeout = 60", "timeout = 1.5", "timeout =", "value", "integer"),
        ('days = ["tuesday"]', 'days = "tuesday"', "days =", "value", "tuple"),
        ('days = ["tuesday"]', 'days = [\n  "tuesday",\n  5,\n]', "  5,", "value", "string"),
        ('kind = "feed"', 'kind = "rss"', 'kind = "rss"', "value", "'feed', 'page', 'sitemap' or 'file'"),
        ('tls = "none"', 'tls = "yes"', "tls =", "value", "'starttls', 'tls' or 'none'"),
        ("[brand]", "[[brand]]", "[[brand]]", "value", "“brand” cannot be"),
        ('name = "Tidewell insights"', "name = 5", "name = 5", "value", "string"),
        # values
        ('base_url = "https:', 'base_url = "http:', "base_url", "value", "no https address"),
        ("digest.example.org", "digest.example.org/", "base_url", "value", "slash"),
        ("https://digest.example.org", "https://[x", "base_url", "value", "no https address"),
        ('website = "https://www', 'website = "www', "website = ", "value", "no web address"),
        ('privacy_url = "https://www', 'privacy_url = "http://[', "privacy_url", "value", "no web address"),
        ("https://www.harbourschools.example.org/feed.xml", "notes", 'address = "notes"', "value", "no web address"),
        ("https://www.harbourschools.example.org/feed.xml", "http://[x", "http://[x", "value", "no web address"),
        ('address = "notes"', 'address = "../notes"', "../notes", "value", "outside the workspace"),
        ('address = "notes"', 'address = "/etc/passwd"', "/etc/passwd", "value", "outside the workspace"),
        ("Europe/London", "Europe/Lodnon", "timezone", "value", "Did you mean “Europe/London”?"),
        ('at = "08:00"', 'at = "8 am"', 'at = "8 am"', "value", "no time of day"),
        ('at = "08:00"', 'at = "24:00"', 'at = "24:00"', "value", "no time of day"),
        ('["tuesday"]', '["monday", "Tuesday"]', "days", "value", "“Tuesday” is no day of the week"),
        ('["tuesday"]', "[]", "days", "value", "There is no day"),
        ('"smtp://127', '"smtp://me:secret@127', "me:secret", "value", "A password stands in the file"),
        ('"smtp://127', '"https://127', '"https://127', "value", "no mail server"),
        ('"smtp://127.0.0.1:25"', '"smtp://[x"', "smtp://[x", "value", "no mail server"),
        ("timeout = 60", "timeout = 0", "timeout", "value", "not 1 to 3,600 seconds"),
        ("timeout = 60", "connections = 0", "connections", "value", "not 1 to 100"),
        ("timeout = 60", "connections = 101", "connections", "value", "not 1 to 100"),
        ("timeout = 60", "messages_a_connection = 0", "messages_a_connection", "value", "less than 1"),
        ("timeout = 60", "weight = 0", "weight", "value", "less than 1"),
        ("timeout = 60", '[[dkim]]\ndomain = "a b"\nselector = "x"', "domain =", "value", "is no domain"),
        ("timeout = 60", '[[dkim]]\ndomain = "org"\nselector = "x"', "domain =", "value", "is no domain"),
        ("timeout = 60", '[[dkim]]\ndomain = "a.b"\nselector = "../x"', "selector =", "value", "no name in the DNS"),
        ("timeout = 60", "messages_a_minute = -1", "messages_a_minute", "value", "less than 0"),
        (
            "timeout = 60",
            f'[[dkim]]\ndomain = "{"a" * 64}.org"\nselector = "x"',
            "domain =",
            "value",
            "is no domain",
        ),
        (
            "timeout = 60",
            f'[[dkim]]\ndomain = "{"a." * 126}org"\nselector = "x"',
            "domain =",
            "value",
            "is no domain",
        ),
        ("timeout = 60", '[[domains]]\ndomain = "gmail"', "domain =", "value", "is no domain"),
        ("timeout = 60", '[[domains]]\ndomain = "a.org"\nconnections = -1', "connections", "value", "less than 0"),
        ("timeout = 60", "messages_a_day = -5", "messages_a_day", "value", "less than 0"),
        ("timeout = 60", "warm_up = { starts = 2026-12-01, first_day = 0 }", "warm_up", "value", "has no messages"),
        ("timeout = 60", "warm_up = { starts = 2026-12-01, factor = 0.5 }", "warm_up", "value", "not 1 to 10"),
        ("timeout = 60", 'warm_up = { starts = "soon" }', "warm_up", "value", "date"),
        ("timeout = 60", 'timeout = 60\n[[servers]]\nid = "Second one"', "id =", "value", "cannot be the id"),
        (
            "timeout = 60",
            'timeout = 60\n[[servers]]\nid = "b"\nurl = "http://x"',
            'url = "http://x',
            "value",
            "no mail server",
        ),
        ("timeout = 60", 'timeout = 60\n[[servers]]\nid = "b"\nweight = 0', "weight", "value", "less than 1"),
        (
            'postal_address = "3 Chandlers Yard, Saltmere SM1 2QX"',
            'postal_address = " "',
            "postal_address",
            "value",
            "The law wants it",
        ),
        ("[brand]", '[brand]\naccent = "blue"', "accent", "value", "“blue” is no colour"),
        ('id = "place"', 'id = "other"', 'id = "other"', "value", "cannot be the id of a theme"),
        ('id = "place"', 'id = "editions"', 'id = "editions"', "value", "cannot be the id of a theme"),
        ('id = "place"', 'id = "A place"', 'id = "A place"', "value", "small letters"),
        ("insights@tidewell", "insights@@tidewell", "insights@@", "value", "is no email address"),
        ("leave@tidewell.example.org", "leave", "unsubscribe_mailto", "value", "is no email address"),
        ("{{ first_name | there }}", "{{ name }}", "introduction", "value", "{{ name }} is no placeholder"),
        ("{{ first_name | there }}", "{{ first_name", "introduction", "value", "braces stand alone"),
        ("why = ", "maximum_stories = 0\nwhy = ", "maximum_stories", "value", "less than 1"),
        ('id = "place"', 'id = "place"\nweight = 0', "weight = 0", "value", "weighs more than 0 and at most 10"),
        ('id = "place"', 'id = "place"\nweight = 10.5', "weight = 10.5", "value", "“weight” is 10.5"),
        ('id = "place"', 'id = "place"\nweight = nan', "weight = nan", "value", "“weight” is nan"),
        ('id = "place"', 'id = "place"\nweight = "much"', "weight = ", "value", "number"),
        ('kind = "page"', 'kind = "page"\nunder = "news"', "under", "value", "no beginning of a path"),
        (
            'kind = "page"',
            'kind = "page"\nselectors = { item = "article[" }',
            "selectors",
            "value",
            "is no CSS selector",
        ),
        (
            'kind = "feed"',
            'kind = "feed"\nselectors = { item = "article" }',
            "selectors",
            "value",
            "A source of kind “feed” has no selectors",
        ),
        (
            'kind = "page"',
            'kind = "page"\nselectors = { items = "article" }',
            "selectors",
            "unknown-key",
            "Did you mean “item”?",
        ),
        ('at = "08:00"', 'at = "08:00"\ncollect_every_hours = 0', "collect_every", "value", "not 1 to 168 hours"),
        # rules
        ('contains = "head"', 'like = "head"', 'like = "head"', "value", "found: like"),
        (
            'field = "tags", contains = "trustee"',
            'field = "role", contains = "trustee"',
            '"role"',
            "value",
            "use equals or in",
        ),
        ('{ field = "tags", contains = "teacher" },', '"teacher",', '    "teacher",', "value", "braces"),
    ],
)
def test_a_fault_is_told_with_its_line(old: str, new: str, at: str, code: str, says: str) -> None:
    text = _edited((old, new))
    (finding,) = _faults(text)
    assert (finding.code, finding.where, finding.severity) == (f"config.{code}", _line(text, at), Severity.MUST_MEND)
    assert says in f"{finding.what} {finding.mend}"


def test_of_two_with_the_same_id_the_second_is_told() -> None:
    text = _edited(('id = "field-notes"', 'id = "harbour-schools" # again'))
    (finding,) = _faults(text)
    assert finding.where == _line(text, "# again")
    assert "Two have the id “harbour-schools”" in finding.what


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ('at = "08:00"', 'at = "08:00', 'at = "08:00'),
        ("timeout = 60", "timeout = soon", "timeout = soon"),
        ("[brand]", "[brand", "[brand"),
        ('tls = "none"', 'tls = "none"\ntls = "tls"', 'tls = "tls"'),
        ("[server]", "[server]\n= 5", "= 5"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_by_its_number(old: str, new: str, at: str) -> None:
    text = _edited((old, new))
    (finding,) = _faults(text)
    assert finding.code == "config.syntax"
    line = int(finding.where.split(":")[1])
    assert line - int(_line(text, at).split(":")[1]) in (0, 1)


def test_several_faults_are_all_told_at_once() -> None:
    structural = _edited(
        ("[brand]", "[brand]\nx = 1"), ("timeout = 60", 'timeout = "soon"'), ('kind = "feed"', 'kind = "rss"')
    )
    assert len(_faults(structural)) == 3
    values = _edited(
        ("Europe/London", "Mars"),
        ('["tuesday"]', '["someday"]'),
        ("{{ first_name | there }}", "{{ x }} {{ y }}"),
        ("smtp:", "ftp:"),
    )
    assert [one.where.split(":")[1] for one in _faults(values)] == [
        _line(values, words).split(":")[1] for words in ("ftp:", "timezone", "days", "introduction", "introduction")
    ]


def test_a_misspelt_table_is_told_and_so_is_the_one_it_leaves_missing() -> None:
    text = _edited(("[newsletters.sender]", "[newsletters.sendre]"))
    told = {finding.code: finding for finding in _faults(text)}
    assert told["config.unknown-key"].where == _line(text, "[newsletters.sendre]")
    assert told["config.unknown-key"].mend == "Did you mean “sender”?"
    assert told["config.missing-key"].where == _line(text, "[[newsletters]]")


def test_two_newsletters_need_files_of_their_own() -> None:
    again = SAMPLE + SAMPLE[SAMPLE.index("[[newsletters]]") :].replace('id = "insights"', 'id = "second"', 1)
    (finding,) = _faults(again)
    assert "Two newsletters share “subscribers.csv”" in finding.what
    assert int(finding.where.split(":")[1]) > len(SAMPLE.splitlines())


@pytest.mark.parametrize("name", ["sources", "segments"])
def test_a_newsletter_without_sources_or_segments_is_told(name: str) -> None:
    blocks = SAMPLE.split("\n[[")
    text = "\n[[".join(block for block in blocks if not block.startswith(f"newsletters.{name}]]"))
    (finding,) = _faults(text)
    assert f"There is no {name[:-1]}" in finding.what
    assert finding.where == _line(text, "[[newsletters]]")


@pytest.mark.parametrize("text", ["", "# nothing", "newsletters = []"])
def test_an_empty_file_is_told_what_it_lacks(text: str) -> None:
    assert {finding.code for finding in _faults(text)} == {"config.missing-key"}


def test_a_folder_that_is_no_workspace_is_told_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as told:
        load(tmp_path)
    assert "digest init" in told.value.mend


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "digest.toml").write_bytes("# one\n# Zoë\n".encode("latin-1"))
    with pytest.raises(ConfigurationError) as told:
        load(tmp_path)
    assert told.value.findings[0].where == "digest.toml:2"


def test_the_revision_changes_with_every_file_and_with_nothing_else(tmp_path: Path) -> None:
    file, template = tmp_path / "digest.toml", tmp_path / "templates/blocks/a.j2"
    template.parent.mkdir(parents=True)
    revisions = []
    for text, block, other in [(SAMPLE, "a", "x"), (SAMPLE, "a", "y"), (SAMPLE, "b", "x"), (f"{SAMPLE}\n", "a", "x")]:
        file.write_text(text)
        template.write_text(block)
        (tmp_path / "notes.txt").write_text(other)
        revisions.append(load(tmp_path).revision)
    assert revisions[0] == revisions[1]
    assert len(set(revisions)) == 3


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_SECRET_FILE", raising=False)
    with pytest.raises(ConfigurationError):
        secret(tmp_path)
    made = secret(tmp_path, create=True)
    assert len(made) == 64
    assert secret(tmp_path) == secret(tmp_path, create=True) == made
    assert (tmp_path / ".digest/secret").stat().st_mode & 0o777 == 0o600


def test_a_short_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "s"
    file.write_text("x" * 31)
    monkeypatch.setenv("DIGEST_SECRET_FILE", str(file))
    with pytest.raises(ConfigurationError, match="shorter than 32"):
        secret(tmp_path)


def test_the_password_comes_from_the_environment_or_a_file_named_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", "one")
    monkeypatch.delenv("DIGEST_SMTP_PASSWORD_FILE", raising=False)
    assert password() == "one"
    (tmp_path / "p").write_text("two\n")
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD_FILE", str(tmp_path / "p"))
    assert password() == "two"
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD_SECOND_ONE", "three")
    assert password("second-one") == "three"
    assert token() == ""
    monkeypatch.setenv("DIGEST_SMTP_TOKEN", "four")
    assert token() == "four"
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD_FILE", str(tmp_path / "gone"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        password()


@pytest.mark.parametrize("name", ["a.org", "xn--bcher-kva.example", "1-2.a1", f"{'a' * 63}.org", f"{'a.' * 125}org"])
def test_domains_of_every_form_are_known(name: str) -> None:
    assert is_domain(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "org", "a.", ".a.org", "a..org", "-a.org", "a-.org", "ä.org", "a.org\n", "a_b.org", f"{'a' * 64}.org"],
)
def test_what_nobody_can_own_is_no_domain(name: str) -> None:
    assert not is_domain(name)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ('url = "imap://imap.example.org"', "is no mailbox"),
        ('url = "imaps://a@imap.example.org"', "is no mailbox"),
        ('url = "imap://a:b@imap.example.org"', "A password stands in the file"),
        ('url = "imap://a@imap.example.org"\nmaildir = "m"', "Both “url” and “maildir”"),
        ("every_minutes = 0", "every_minutes"),
        ('folder = " "', "“folder” is empty"),
    ],
)
def test_a_mailbox_for_returned_mail_that_cannot_be_is_told(table: str, what: str) -> None:
    found = _faults(SAMPLE.replace("[server]", f"[returns]\n{table}\n\n[server]", 1))
    assert any(what in one.what for one in found)
    assert all("a:b@" not in f"{one.what}{one.mend}" for one in found)
