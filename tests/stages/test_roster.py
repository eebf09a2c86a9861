from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from email_validator import EmailNotValidError
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from digest.domain.errors import Refused
from digest.domain.model import Cadence, Finding, Severity, Subscriber, Subscription, SubscriptionState
from digest.domain.ports.roster import StagedRow
from digest.stages.roster import About, Consent, Reading, consent, exported, probe, spelling
from digest.stages.roster.addresses import judged, plain
from digest.stages.roster.cells import escaped, joined, listed, moment, unescaped
from digest.stages.roster.columns import ALIASES, SECOND_BEST
from digest.stages.roster.columns import plain as plain_name
from tests.conftest import ROOT

HEAD = "email,first_name,consent_source,consent_at\n"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    comparable: str
    subscriber: Subscriber
    subscription: Subscription


@dataclass(frozen=True)
class Roster:
    people: tuple[Person, ...]
    findings: tuple[Finding, ...]
    rows: tuple[StagedRow, ...]


def _about(themes: tuple[str, ...] = (), agreed: Consent | None = None) -> About:
    return About(
        newsletter="news", file="people.csv", now=NOW, suppression_key=str.upper, themes=themes, consent=agreed
    )


def _read(
    text: str | bytes, themes: tuple[str, ...] = (), piece: int = 1 << 18, agreed: Consent | None = None
) -> Roster:
    content = text if isinstance(text, bytes) else text.encode()
    pieces = [content[at : at + piece] for at in range(0, len(content), piece)]
    reading = Reading(_about(themes, agreed))
    rows = tuple(reading.read(pieces, probe(pieces).encoding))
    assert reading.refused == sum(one.code == "subscribers.row" for one in reading.findings)
    return Roster(tuple(map(_person, rows)), reading.findings, rows)


def _person(row: StagedRow) -> Person:
    subscriber = Subscriber(
        id="",
        address=row.address,
        first_name=row.first_name,
        last_name=row.last_name,
        tags=tuple(json.loads(row.tags)),
        fields=json.loads(row.fields),
    )
    subscription = Subscription(
        newsletter="news",
        state=SubscriptionState(row.place.state),
        themes=tuple(json.loads(row.place.themes)),
        cadence=Cadence(row.place.cadence or Cadence.WEEKLY),
        consent_source=row.place.consent_source,
        consent_at=moment(row.place.consent_at or ""),
        joined_at=moment(row.place.joined_at),
        joined_by=row.place.joined_by,
        paused_until=moment(row.place.paused_until or ""),
    )
    # what rules compare is always what the model says it is
    assert row.traits == subscriber.traits
    assert row.place.place_traits == subscription.traits
    assert row.suppression_key == row.comparable.upper()
    return Person(row.comparable, subscriber, subscription)


def _names(roster: Roster) -> list[str]:
    return [person.subscriber.first_name for person in roster.people]


def _told(roster: Roster) -> list[tuple[str, str]]:
    return [(finding.code, finding.where) for finding in roster.findings]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_its_mark(encoding: str) -> None:
    roster = _read(f"{HEAD}zoe@example.org,Zoë,form,2026-01-05\n".encode(encoding))
    assert (_names(roster), roster.findings) == (["Zoë"], ())


def test_windows_1252_is_read_and_told() -> None:
    roster = _read(f"{HEAD}zoe@example.org,Zoë “Z”,form,2026-01-05\n".encode("cp1252"))
    assert _names(roster) == ["Zoë “Z”"]
    assert _told(roster) == [("subscribers.encoding", "people.csv:1")]


@pytest.mark.parametrize("parted_by", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_commas_semicolons_and_tabs_and_every_line_end_are_read(parted_by: str, line_end: str) -> None:
    rows = [["email", "first_name", "tags"], ["a@example.org", "Ann", "one"], ["b@example.org", "Ben", "two"]]
    roster = _read(line_end.join(parted_by.join(row) for row in rows))
    assert _names(roster) == ["Ann", "Ben"]
    assert [person.subscriber.tags for person in roster.people] == [("one",), ("two",)]


def test_columns_may_stand_in_any_order_and_bear_the_names_of_other_programs() -> None:
    roster = _read(
        "Consent Date,Surname,E-Mail Address,Given name,How often,Topics,Tag,Consent,School Name\n"
        "2026-01-05,Bell,a@Example.ORG,Ann,Monthly,lead;early,head; north;head,form,Mill Lane\n"
    )
    (person,) = roster.people
    assert person.subscriber.address == "a@example.org"
    assert (person.subscriber.first_name, person.subscriber.last_name) == ("Ann", "Bell")
    assert person.subscriber.tags == ("head", "north")
    assert person.subscriber.fields == {"school_name": "Mill Lane"}
    assert (person.subscription.cadence, person.subscription.themes) == (Cadence.MONTHLY, ("lead", "early"))
    assert person.subscription.consent_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert person.subscription.state is SubscriptionState.ACTIVE


def test_address_means_email_only_where_no_other_column_does() -> None:
    assert _read("Name,Address\nAnn,a@example.org\n").people[0].subscriber.address == "a@example.org"
    (person,) = _read("E-mail,Address\na@example.org,3 Chandlers Yard\n").people
    assert person.subscriber.fields == {"address": "3 Chandlers Yard"}


def test_a_quoted_cell_may_hold_line_ends_commas_and_quotes_and_later_lines_are_counted_right() -> None:
    roster = _read(f'{HEAD}a@example.org,"Ann\nof ""Mill, Lane""",x,2026-01-05\n\nbad,Ben,,\nc@example.org,Cat,,\n')
    assert _names(roster) == ['Ann\nof "Mill, Lane"', "Cat"]
    assert _told(roster) == [("subscribers.row", "people.csv:5")]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("nobody,Bad,,,", "“nobody” is no address"),
        (",Bad,,,", "no address"),
        ("a@b@example.org,Bad,,,", "is no address"),
        ("a@example.org\x01,Bad,,,", "is no address"),
        ("Ann <a@example.org>,Bad,,,", "is no address"),
        ("bad@example.org,Bad,,yesterday,", "no date; write it as 2026-11-24"),
        ("bad@example.org,Bad,x,05/01/2026,", "no date"),
        ("bad@example.org,Bad,x,0001-01-01T00:00:00+05:00,", "no date"),
        ("bad@example.org,Bad,,,daily", "“daily” is no cadence; there are weekly, fortnightly, monthly"),
        ("bad@example.org,Bad,,,weekly,surplus", "more cells"),
        (f"bad@example.org,{'x' * 10_001},,,", "longer than 10,000"),
        (f"bad@example.org,{'x' * 900_000},,,", "longer than 10,000"),
        (f"bad@example.org,{'x' * 1_000_000},,,", "longer than 1,000,000"),
        (f'bad@example.org,"{"x" * 3_000_000}",,,', "longer than 1,000,000"),
        (f"bad@example.org,{'é' * 600_000},,,", "longer than 1,000,000"),
        ("bad@example.org,Bad,x,2027-01-05,", "lies in the future"),
        (f"{'x' * 300}@example.org,Bad,,,", "is no address"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_all_others_are_read(row: str, says: str) -> None:
    head = "email,first_name,consent_source,consent_at,cadence\n"
    roster = _read(f"{head}a@example.org,Ann,form,2026-01-05,\n{row}\nc@example.org,Cat,form,2026-01-05,\n")
    assert _names(roster) == ["Ann", "Cat"]
    (finding,) = roster.findings
    assert (finding.code, finding.where, finding.severity) == ("subscribers.row", "people.csv:3", Severity.MUST_MEND)
    assert says in finding.what
    assert len(finding.what) < 500


def test_a_short_row_has_empty_cells() -> None:
    assert _names(_read(f"{HEAD}a@example.org\nb@example.org,Ben\n")) == ["", "Ben"]


@pytest.mark.parametrize("again", ["Ann@example.org", "ANN@EXAMPLE.ORG", " ann@Example.org "])
def test_the_same_address_in_other_case_is_compared_alike(again: str) -> None:
    first, second = _read(f"{HEAD}Ann@example.org,First,form,2026-01-05\n{again},Second,,\n").rows
    assert first.comparable == second.comparable


@pytest.mark.parametrize("record", [",", "form,", ",2026-01-05"])
def test_without_a_whole_consent_record_a_person_waits(record: str) -> None:
    (person,) = _read(f"{HEAD}a@example.org,Ann,{record}\n").people
    assert person.subscription.state is SubscriptionState.PENDING


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-01-05T10:00:00+02:00", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05 10:00", datetime(2026, 1, 5, 10, tzinfo=UTC)),
        ("2026-01-05T10:00:00Z", datetime(2026, 1, 5, 10, tzinfo=UTC)),
    ],
)
def test_the_time_of_a_consent_is_kept_in_utc(cell: str, moment: datetime) -> None:
    (person,) = _read(f"{HEAD}a@example.org,Ann,form,{cell}\n").people
    assert person.subscription.consent_at == moment


def test_a_theme_that_does_not_exist_is_told_and_kept_for_when_it_does() -> None:
    roster = _read("email,themes\na@example.org,lead;fishing\n", themes=("lead", "early"))
    assert roster.people[0].subscription.themes == ("lead", "fishing")
    assert _told(roster) == [("subscribers.theme", "people.csv:2")]


def test_many_rows_that_choose_a_theme_that_does_not_exist_are_told_once() -> None:
    roster = _read("email,themes\n" + "".join(f"p{n}@example.org,fishing\n" for n in range(3)), themes=("lead",))
    (finding,) = roster.findings
    assert (finding.where, finding.what) == (
        "people.csv:2",
        "There is no theme “fishing”. 3 rows from here on choose it.",
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("name,tags\nAnn,x\n", 1, "no column “email”"),
        ("\n\nname\nAnn\n", 3, "no column “email”"),
        ("email,E-mail,x\na@example.org,,\n", 1, "Two columns are called “email”"),
        ("email,tags,tag\n", 1, "Two columns are called “tags”"),
        (",".join(f"column {n}" for n in range(10_000)) + ",email\na@example.org\n", 1, "10,001 columns"),
        ("ema\0il,name\na@example.org,Ann\n", 1, "NUL"),
        ('email,"name\na@example.org,Ann\n', 1, "quotation marks do not pair"),
        (f"email,{'x' * 1_000_001}\na@example.org,Ann\n", 1, "longer than"),
    ],
)
def test_a_file_whose_columns_cannot_be_told_is_refused(text: str, line: int, says: str) -> None:
    roster = _read(text)
    (finding,) = roster.findings
    assert (finding.code, finding.where) == ("subscribers.file", f"people.csv:{line}")
    assert says in finding.what
    assert _names(roster) == []


@pytest.mark.parametrize(
    "row",
    ['"b@example.org,Ben', '"b"@example.org,Ben', 'b@example.org,"Ben', '"b@example.org,""Ben'],
    ids=["never closed", "closed too early", "never closed at the end", "a doubled mark"],
)
@pytest.mark.parametrize("rest", ["c@example.org,Cat\n", '"c@example.org","Cat"\n', "c@example.org,Cat\n" * 3000])
def test_a_row_whose_quotation_marks_do_not_pair_spoils_no_other(row: str, rest: str) -> None:
    roster = _read(f"email,first_name\na@example.org,Ann\n{row}\n{rest}")
    assert _names(roster) == ["Ann", *["Cat"] * rest.count("@")]
    assert _told(roster) == [("subscribers.row", "people.csv:3")]


@pytest.mark.parametrize("empty", [b"", b"\n\n", b"\xef\xbb\xbf", b"email\n", b",,\n"])
def test_an_empty_file_holds_nobody(empty: bytes) -> None:
    assert _read(empty).people == ()


def test_a_row_with_nuls_is_refused_and_named() -> None:
    roster = _read(b"email,first_name\na@exam\0ple.org,A\0nn\nb@example.org,Ben\n")
    assert _names(roster) == ["Ben"]
    assert _told(roster) == [("subscribers.row", "people.csv:2")]


def test_a_changed_file_has_another_hash() -> None:
    assert probe([b"email\n"]).content_hash != probe([b"email\r\n"]).content_hash


@given(st.binary(max_size=300) | st.text(alphabet='email,@.org;\t"\n\r\0é', max_size=120).map(str.encode))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    for person in _read(b"email,first_name\n" + content).people:
        assert "@" in person.comparable
        assert person.subscription.state is SubscriptionState.PENDING


@given(st.lists(st.lists(st.text(alphabet='ab,;"\n é', max_size=6), min_size=2, max_size=2), max_size=8))
def test_what_a_csv_writer_wrote_is_read_cell_by_cell(cells: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["email", "first_name", "last_name"])
    writer.writerows([f"p{number}@example.org", *row] for number, row in enumerate(cells))
    roster = _read(out.getvalue())
    assert roster.findings == ()
    assert [[one.subscriber.first_name, one.subscriber.last_name] for one in roster.people] == [
        [cell.strip() for cell in row] for row in cells
    ]


def test_every_file_of_the_csv_corpus_gives_an_answer(shared: Path) -> None:
    files = sorted((shared / "corpora/csv").rglob("*.csv"))
    assert len(files) >= 12
    for file in files:
        content = file.read_bytes()
        assert _read(content).people == ()
        # the same rows with an address before each are people
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
        out = io.StringIO(newline="")
        csv.writer(out).writerows([["email" if n == 0 else f"p{n}@example.org", *row] for n, row in enumerate(rows)])
        assert len(_read(out.getvalue()).people) == len(rows) - 1


def _accepted(address: str) -> bool:
    try:
        spelling(address)
    except EmailNotValidError:
        return False
    return True


def test_addresses_of_the_corpus_are_judged_as_the_rfcs_judge_them(shared: Path) -> None:
    tests = etree.parse(shared / "corpora/addresses/isemail/test/tests.xml").findall("test")
    spelled = {chr(0x2400 + code): chr(code) for code in range(32)}
    verdicts: dict[str, list[bool]] = {}
    for test in tests:
        address = (test.findtext("address") or "").translate(str.maketrans(spelled))
        verdicts.setdefault(str(test.findtext("category")), []).append(_accepted(address))
    ordinary = verdicts.pop("ISEMAIL_VALID_CATEGORY") + verdicts.pop("ISEMAIL_DNSWARN")
    # the one refused is test@io: no mail on the internet goes to a domain of one label
    assert (sum(ordinary), len(ordinary)) == (21, 22)
    # comments, quotes, address literals and errors; email-validator lets a local part of 65 characters pass
    others = [accepted for category in verdicts.values() for accepted in category]
    assert len(others) == 142
    assert sum(others) <= 1


@pytest.mark.parametrize(
    ("address", "written", "comparable"),
    [
        ("Ann@Example.org", "Ann@example.org", "ann@example.org"),
        ("a@münchen.example.com", "a@xn--mnchen-3ya.example.com", "a@xn--mnchen-3ya.example.com"),
        ("ann+digest@example.org", "ann+digest@example.org", "ann+digest@example.org"),
        ("o'neil@example.org", "o'neil@example.org", "o'neil@example.org"),
        ("Jürgen@münchen.example.com", "Jürgen@xn--mnchen-3ya.example.com", "jürgen@xn--mnchen-3ya.example.com"),
        ("Ju\u0308rgen@example.org", "Jürgen@example.org", "jürgen@example.org"),
        ("INFO@Example.org", "info@example.org", "info@example.org"),
    ],
)
def test_an_address_is_written_in_ascii_and_compared_in_small_letters(
    address: str, written: str, comparable: str
) -> None:
    spelled = spelling(address)
    assert (spelled.address, spelled.comparable) == (written, comparable)


@pytest.mark.parametrize(
    "address",
    ["a@example.org\r\nBcc: x@example.org", "a@example.org, b@example.org", '"a b"@example.org', "a b@example.org"],
)
def test_an_address_that_could_not_be_written_on_an_envelope_is_refused(address: str) -> None:
    assert not _accepted(address)


# plain addresses: what is found without email-validator is what it finds

_DOMAINS = st.one_of(
    st.sampled_from(
        ["example.org", "Example.ORG", "a.b", "a-b.example", "x.local", "localhost", "test.invalid", "a.b1"]
    ),
    st.from_regex(r"[a-zA-Z0-9.-]{1,70}", fullmatch=True),
    st.from_regex(r"([a-zA-Z0-9-]{1,64}\.){1,4}[a-zA-Z]{1,4}", fullmatch=True),
)
_LOCALS = st.one_of(
    st.sampled_from(["info", "INFO", "Webmaster", "ann", "Ann+digest", "o'neil", ".a", "a.", "a..b", '"a"', "a b"]),
    st.from_regex(r"[\x21-\x7e]{1,70}", fullmatch=True),
)


@given(_LOCALS, _DOMAINS)
def test_a_plain_address_is_spelled_as_email_validator_spells_it(local: str, domain: str) -> None:
    _is_judged_alike(f"{local}@{domain}")


@given(st.text(max_size=300))
def test_any_text_is_judged_as_email_validator_judges_it(text: str) -> None:
    _is_judged_alike(text)


def test_addresses_of_the_corpus_are_spelled_as_email_validator_spells_them(shared: Path) -> None:
    tests = etree.parse(shared / "corpora/addresses/isemail/test/tests.xml").findall("test")
    addresses = [test.findtext("address") or "" for test in tests]
    assert len(addresses) > 150
    for address in addresses:
        _is_judged_alike(address)


def test_most_of_a_list_needs_no_email_validator() -> None:
    assert all(plain(one) for one in ("Ann.Bell+x@School12.example.org", "o'neil@a-b.co.uk", "info@example.org"))


def _is_judged_alike(address: str) -> None:
    found = plain(address)
    if found is not None:
        assert found == judged(address)


# cells


@given(st.text())
def test_an_escaped_cell_is_no_formula_and_is_read_back(cell: str) -> None:
    assert escaped(cell)[:1] not in tuple("=+-@\t\r\n")
    assert unescaped(escaped(cell)) == cell


@pytest.mark.parametrize("payload", ["=1+1", "@x", "\tx", "\r=1", "+44 20", "-1", "'=1", "''@x"])
def test_a_formula_is_never_written(payload: str) -> None:
    assert escaped(payload) == f"'{payload}"


_WORDS = st.text(min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(_WORDS, max_size=4, unique=True))
def test_words_are_read_back_from_their_cell(words: list[str]) -> None:
    assert listed(joined(words).strip()) == tuple(words)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("a;b", ("a", "b")),
        (" a ; b;;a", ("a", "b")),
        ('"a","b"', ("a", "b")),
        ('"a, b", "c;d"', ("a, b", "c;d")),
        ("* myContacts ::: * friends", ("* myContacts", "* friends")),
        ("North, East", ("North, East",)),
        ('"a', ('"a',)),
    ],
)
def test_tags_are_read_as_this_and_other_programs_write_them(cell: str, words: tuple[str, ...]) -> None:
    assert listed(cell) == words


# files of other programs


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (
            "Email Address,First Name,Last Name,Address,TAGS,OPTIN_TIME",
            'a@example.org,Ann,Bell,1 Mill Lane,"""head"",""north""",',
        ),
        ("Email,First name,Last name,Tags,List status", "a@example.org,Ann,Bell,head;north,subscribed"),
        ("First Name,Last Name,E-mail Address,E-mail 2 Address,Categories", "Ann,Bell,a@example.org,,head;north"),
        ("Name,Given Name,Family Name,E-mail 1 - Value,Labels", "Ann B,Ann,Bell,a@example.org,head ::: north"),
        ("uuid,email,name,status,tags", "1-2,a@example.org,Ann Bell,enabled,head;north"),
        ("EMAIL;LASTNAME;FIRSTNAME;TAGS", 'a@example.org;Bell;Ann;"head;north"'),
        ("sep=;\nemail;first_name;last_name;tags", 'a@example.org;Ann;Bell;"head;north"'),
        ("📧,E-mail,FNAME,LNAME,Tag", "🙂,a@example.org,Ann,Bell,head;north"),
    ],
    ids=["Mailchimp", "MailPoet", "Outlook", "Google", "listmonk", "Brevo", "Excel", "an emoji"],
)
def test_files_of_other_programs_are_read(head: str, row: str) -> None:
    roster = _read(f"{head}\n{row}\n")
    assert roster.findings == ()
    (person,) = roster.people
    assert person.comparable == "a@example.org"
    assert (person.subscriber.first_name, person.subscriber.last_name) == ("Ann", "Bell")
    assert person.subscriber.tags == ("head", "north")
    assert not {"state", "status", "list_status"} & person.subscriber.fields.keys()


def test_a_file_of_excel_in_utf_16_is_read() -> None:
    roster = _read("email\tfirst_name\r\nzoe@example.org\tZoë\r\n".encode("utf-16"))
    assert (_names(roster), roster.findings) == (["Zoë"], ())


@pytest.mark.parametrize(
    ("word", "gone"),
    [("unsubscribed", "unsubscribed"), ("Cleaned", "bounced"), ("blocklisted", "unsubscribed"), ("active", "")],
)
def test_who_left_elsewhere_is_not_brought_in(word: str, gone: str) -> None:
    assert _read(f"email,status\na@example.org,{word}\n").rows[0].gone == gone


def test_a_state_may_be_where_somebody_lives() -> None:
    (person,) = _read("email,State\na@example.org,Ohio\n").people
    assert person.subscriber.fields == {"state": "Ohio"}


def test_who_has_not_confirmed_waits_whatever_record_there_is() -> None:
    (person,) = _read(f"state,{HEAD}pending,a@example.org,Ann,form,2026-01-05\n").people
    assert person.subscription.state is SubscriptionState.PENDING


# a file in pieces


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_file_reads_the_same_in_any_pieces(piece: int, line_end: str) -> None:
    text = 'email,first_name\na@example.org,"Zoë\n""Z"""\nbad\nb@example.org,Ben\n'.replace("\n", line_end)
    for content in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16"), text.encode("cp1252")):
        assert _read(content, piece=piece) == _read(content)


@pytest.mark.parametrize("cut", ['a@example.org,Ann,"for', "a@example.org,An", "a@example.org"])
def test_a_file_that_ends_in_the_middle_of_a_row_is_told_with_its_line(cut: str) -> None:
    roster = _read(f"{HEAD}b@example.org,Ben,form,2026-01-05\n{cut}")
    assert _names(roster) == ["Ben"]
    (finding,) = roster.findings
    assert finding.where == "people.csv:3"
    assert "ends in the middle of this row" in finding.what


def test_a_row_of_any_length_takes_no_more_memory_than_it_may_be_long() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"email,first_name\na@example.org,"
        for _ in range(400):
            yield b"x" * (1 << 18)
        yield b"\nb@example.org,Ben\n"

    tracemalloc.start()
    rows = list(Reading(_about()).read(pieces(), "utf-8"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.first_name for row in rows] == ["Ben"]
    assert most < 10_000_000


# hashes of rows


def test_a_row_means_the_same_whatever_its_columns_order_and_its_blanks() -> None:
    (one,) = _read("email,first_name,role,tags\na@example.org,Ann,Head,x;y\n").rows
    (other,) = _read('role;Tag;First name;E-mail\n Head;"x;y";\'Ann;a@example.org\n'.replace("'", "")).rows
    assert one.file_row == other.file_row


@pytest.mark.parametrize(
    "row", ["b@example.org,Ann,x,weekly,f,2026-01-01", "a@example.org,Bo,x,weekly,f,2026-01-01",
            "a@example.org,Ann,y,weekly,f,2026-01-01", "a@example.org,Ann,x,monthly,f,2026-01-01",
            "a@example.org,Ann,x,weekly,g,2026-01-01", "a@example.org,Ann,x,weekly,f,2026-01-02"],
)  # fmt: skip
def test_a_row_that_says_something_else_has_another_hash(row: str) -> None:
    head = "email,first_name,role,cadence,consent_source,consent_at\n"
    one, other = _read(f"{head}a@example.org,Ann,x,weekly,f,2026-01-01\n{row}\n").rows
    assert one.file_row != other.file_row


# consent that is given for all


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("website form, 2026-11-01, I would like to get the newsletter", (2026, 11, 1)),
        ("spring conference, 3 May 2026, ticked “send me news”", (2026, 5, 3)),
        ("Stand at the fair on May 3rd, 2026: yes please", (2026, 5, 3)),
    ],
)
def test_the_day_of_a_consent_is_told_from_its_words(words: str, day: tuple[int, int, int]) -> None:
    assert consent(words, NOW) == Consent(source=words, at=datetime(*day, tzinfo=UTC))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("website form", "no date"),
        ("website form, 2026-13-01, yes", "no date"),
        ("website form, 01/02/2026, yes", "no date"),
        ("website form, 2026-12-01, yes", "still to come"),
        ("2026-11-01", "not where"),
    ],
)
def test_a_consent_that_proves_nothing_is_refused_kindly(words: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        consent(words, NOW)


def test_a_given_consent_is_for_rows_without_a_record_alone() -> None:
    given_for_all = Consent(source="the fair", at=datetime(2026, 5, 3, tzinfo=UTC))
    roster = _read(f"{HEAD}a@example.org,Ann,form,2026-01-05\nb@example.org,Ben,,\n", agreed=given_for_all)
    assert [one.subscription.consent_source for one in roster.people] == ["form", "the fair"]
    assert {one.subscription.state for one in roster.people} == {SubscriptionState.ACTIVE}
    # what the file itself says did not change
    assert roster.rows[1].file_row == _read(f"{HEAD}b@example.org,Ben,,\n").rows[0].file_row


# export

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9).map(str.strip)
_PLACES = st.builds(
    Subscription,
    newsletter=st.just("news"),
    state=st.just(SubscriptionState.ACTIVE),
    themes=st.lists(_TEXT.filter(bool), max_size=3, unique=True).map(tuple),
    cadence=st.sampled_from(Cadence),
    consent_source=_TEXT.filter(bool),
    consent_at=st.datetimes(datetime(1990, 1, 1), NOW.replace(tzinfo=None), timezones=st.just(UTC)),
    joined_at=st.datetimes(datetime(1990, 1, 1), NOW.replace(tzinfo=None), timezones=st.just(UTC)),
    joined_by=_TEXT.filter(bool),
    paused_until=st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
_PEOPLE = st.builds(
    Subscriber,
    id=st.just(""),
    address=st.sampled_from(
        ["ann@example.org", "+a@example.org", "=1@example.org", "'+b@example.org", "-@example.org"]
    ),
    first_name=_TEXT,
    last_name=_TEXT,
    tags=st.lists(_TEXT.filter(bool), max_size=3, unique=True).map(tuple),
    fields=st.dictionaries(
        st.sampled_from(["role", "Role", "surname", "state", "email", "=x", "a b", "field:x", "name", "labels", "🙂"]),
        _TEXT.filter(bool),
    ),
)


@given(st.lists(st.tuples(_PEOPLE, _PLACES), max_size=4))
def test_what_was_exported_imports_to_the_same(people: list[tuple[Subscriber, Subscription]]) -> None:
    fields = sorted({name for person, _ in people for name in person.fields})
    text = "".join(exported(people, fields))
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r\n"))]
    roster = _read(text)
    assert roster.findings == ()
    assert [(one.subscriber, one.subscription) for one in roster.people] == people


def test_every_name_that_is_understood_stands_in_the_documentation() -> None:
    told = plain_name((ROOT / "docs" / "list.md").read_text("utf8"))
    for aliases in (*ALIASES.values(), *SECOND_BEST.values()):
        assert [one for one in aliases if one not in told and one.replace(" ", "") not in told.replace(" ", "")] == []
