from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from email_validator import EmailNotValidError
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from digest.domain.model import Cadence, Severity, SubscriptionState
from digest.stages.roster import Roster, read, spelling

HEAD = "email,first_name,consent_source,consent_at\n"


def _read(text: str | bytes, themes: tuple[str, ...] = ()) -> Roster:
    return read(text if isinstance(text, bytes) else text.encode(), "people.csv", "news", themes)


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
        (f"bad@example.org,{'x' * 1_000_000},,,", "longer than 10,000"),
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
def test_the_same_address_in_other_case_is_one_person_and_the_first_row_counts(again: str) -> None:
    roster = _read(f"{HEAD}Ann@example.org,First,form,2026-01-05\n{again},Second,,\n")
    assert _names(roster) == ["First"]
    assert _told(roster) == [("subscribers.twice", "people.csv:3")]


@pytest.mark.parametrize("consent", [",", "form,", ",2026-01-05"])
def test_without_a_whole_consent_record_a_person_waits(consent: str) -> None:
    (person,) = _read(f"{HEAD}a@example.org,Ann,{consent}\n").people
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


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("name,tags\nAnn,x\n", 1, "no column “email”"),
        ("\n\nname\nAnn\n", 3, "no column “email”"),
        ("email,E-mail,x\na@example.org,,\n", 1, "Two columns are called “email”"),
        ("email,tags,tag\n", 1, "Two columns are called “tags”"),
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
    assert _names(roster) == ["Ann", "Cat"]
    assert _told(roster)[0] == ("subscribers.row", "people.csv:3")


@pytest.mark.parametrize("empty", [b"", b"\n\n", b"\xef\xbb\xbf", b"email\n", b",,\n"])
def test_an_empty_file_holds_nobody(empty: bytes) -> None:
    assert _read(empty).people == ()


def test_nuls_are_dropped() -> None:
    assert _names(_read(b"email,first_name\na@exam\0ple.org,A\0nn\n")) == ["Ann"]


def test_a_changed_file_has_another_hash() -> None:
    assert _read("email\n").content_hash != _read("email\r\n").content_hash


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
    ],
)
def test_an_address_is_written_in_ascii_and_compared_in_small_letters(
    address: str, written: str, comparable: str
) -> None:
    spelled = spelling(address)
    assert (spelled.address, spelled.comparable) == (written, comparable)


@pytest.mark.parametrize(
    "address",
    ["a@example.org\r\nBcc: x@example.org", "a@example.org, b@example.org", "jürgen@example.org", "a b@example.org"],
)
def test_an_address_that_could_not_be_written_on_an_envelope_is_refused(address: str) -> None:
    assert not _accepted(address)
