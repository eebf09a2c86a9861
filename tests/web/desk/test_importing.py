"""Files of people are sent to the desk: looked at, taken in as they were looked at, and removed."""

from __future__ import annotations

import importlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from digest.app import clock as clocks
from digest.app import rights, uploads
from digest.domain.model import SubscriptionState
from digest.jobs import people
from digest.jobs.noting import unnoted
from digest.web.desk.people import importing
from digest.web.uploading import MOST_BEFORE
from tests.jobs.conftest import HEADER
from tests.web.desk.conftest import Browser, Office, token
from tests.web.desk.test_people import listed, place, texts, wrong

IMPORT = "/subscribers/import"
FILE = "E-mail;First name;Job\neve@example.org;Eve;Head\nzoe@example.org;Zoe;\n"
CONSENT = "autumn conference, 14 October 2026, Send me the newsletter"
BOUNDARY = "x-parted-here"


@pytest.fixture
def browser(office: Office) -> Browser:
    office.app.import_people(office.bench.newsletter)
    return office.inside()


def upload(
    browser: Browser, text: str | bytes, name: str = "sign-ups.csv", kind: str = "people", **more: str
) -> httpx2.Response:
    form = {"csrf": token(browser.get(IMPORT).text), "kind": kind, **more}
    file = {"file": (name, text, "text/csv")}
    return browser.client.post(IMPORT, data=form, files=file, headers={"Origin": browser.base})


def sent(browser: Browser, text: str | bytes, name: str = "sign-ups.csv", kind: str = "people") -> str:
    """Return the path of a file that was sent."""
    answer = upload(browser, text, name, kind)
    assert answer.status_code == 303, texts(answer.text)
    return answer.headers["location"]


def press(browser: Browser, path: str, act: str, words: str = "") -> httpx2.Response:
    page = browser.get(path).text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    return browser.post(f"{path}/{act}", csrf=token(page), words=words, seen=seen[1] if seen else "")


def counts(page: str) -> dict[str, int]:
    found = re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([\d,]+)</dd>", page)
    return {word: int(number.replace(",", "")) for word, number in found}


def kept(office: Office) -> list[Path]:
    return sorted((office.bench.folder / ".digest" / "uploads").rglob("*.csv"))


def test_six_counts_add_up_to_the_rows_and_nothing_is_changed_by_looking(office: Office, browser: Browser) -> None:
    rows = HEADER + (
        "new@example.org,New,,,weekly,form,2026-01-01\nada@example.org,Augusta,head,,weekly,form,2026-01-01\n"
        "bo@example.org,Bo,head,maths,weekly,form,2026-01-01\nnew@example.org,Again,,,weekly,form,2026-01-01\n"
        "jo@@example.org,Jo,,,,,\nlost@example.org,,,,,,\n"
    )
    with office.app.store.writing() as session:
        session.people.suppress(office.app.suppression_key("lost@example.org"), "complaint", office.clock())
    path = sent(browser, rows)
    page = browser.get(path).text
    found = counts(page)
    assert found == {"new": 1, "changed": 1, "unchanged": 1, "refused": 1, "twice in the file": 1, "kept off": 1}
    assert "= 6 rows" in texts(page)
    assert "reported as spam" in texts(page)
    assert "Import 2 people" in texts(page)
    assert re.search(r'class="number">6</th><td>“jo@@example.org” is no address', page)
    assert listed(browser.get("/subscribers?q=new").text) == []


def test_it_is_told_what_each_column_is_read_as(browser: Browser) -> None:
    page = browser.get(sent(browser, FILE)).text.partition("<main")[2]
    told = re.findall(r"<strong>([^<]*)</strong>.*?selected>([^<]*)<.*?<td class=\"soft\">([^<]*)<", page, re.DOTALL)
    assert told == [
        ("E-mail", "Address", "eve@example.org"),
        ("First name", "First name", "Eve"),
        ("Job", "Field job", "Head"),
    ]


def test_the_rows_that_cannot_be_read_are_had_as_a_file_to_mend(browser: Browser) -> None:
    path = sent(browser, "email;note\n=jo@@x;=1+1\neve@example.org;\n;lost\n")
    assert "Save these 2 rows to mend" in texts(browser.get(path).text)
    file = browser.get(f"{path}/refused.csv")
    assert file.text == "email,note\r\n'=jo@@x,'=1+1\r\n,lost\r\n"
    no_columns = sent(browser, "name\n")
    assert browser.get(f"{no_columns}/refused.csv").status_code == 409


def test_a_file_is_taken_in_as_it_was_looked_at_and_removed(office: Office, browser: Browser) -> None:
    path = sent(browser, FILE)
    assert len(kept(office)) == 1
    assert kept(office)[0].stat().st_mode & 0o777 == 0o600
    assert press(browser, path, "take-in", CONSENT).status_code == 303
    page = texts(browser.get(path).text)
    assert "2 new, 0 changed." in page
    assert kept(office) == []
    eve = place(office, "eve@example.org")
    assert (eve.state, eve.consent_source, eve.joined_by) == (SubscriptionState.ACTIVE, CONSENT, "sign-ups.csv")
    assert "sign-ups.csv" in texts(browser.get(IMPORT).text)


def test_the_same_file_again_changes_nothing(browser: Browser) -> None:
    for _ in range(2):
        path = sent(browser, HEADER + "eve@example.org,Eve,,,weekly,form,2026-01-01\n")
        if "nothing would change" not in texts(browser.get(path).text):
            press(browser, path, "take-in")
            browser.get(path)
    page = texts(browser.get(path).text)
    assert "Everybody is there already: nothing would change." in page
    assert ">Import 0" not in page


def test_without_a_consent_people_wait_and_with_one_later_they_get_it(office: Office, browser: Browser) -> None:
    path = sent(browser, FILE)
    assert "2 people have none and would wait" in texts(browser.get(path).text)
    press(browser, path, "take-in")
    assert "2 people wait for a consent record" in texts(browser.get(path).text)
    assert place(office, "eve@example.org").state == SubscriptionState.PENDING
    again = sent(browser, FILE)
    assert "nothing would change" in texts(browser.get(again).text)
    press(browser, again, "look", CONSENT)
    assert counts(browser.get(again).text)["changed"] == 2
    press(browser, again, "take-in", CONSENT)
    browser.get(again)
    assert place(office, "eve@example.org").state == SubscriptionState.ACTIVE


@pytest.mark.parametrize("words", ["they said so", "2026-10-14", "conference 2027-10-14"])
@pytest.mark.parametrize("act", ["look", "take-in"])
def test_a_consent_that_is_none_stands_beside_its_field(browser: Browser, words: str, act: str) -> None:
    path = sent(browser, FILE)
    said = press(browser, path, act, words)
    assert said.status_code == 422
    assert len(wrong(said.text)) == 1
    assert f'value="{words}"' in said.text
    assert listed(browser.get("/subscribers?q=eve").text) == []


def test_what_would_come_to_something_else_than_was_seen_is_not_done(office: Office, browser: Browser) -> None:
    path = sent(browser, FILE)
    page = browser.get(path).text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    other = sent(browser, "email,first_name\neve@example.org,Eve\n", "other.csv")
    press(browser, other, "take-in")
    browser.get(other)
    browser.post(f"{path}/take-in", csrf=token(page), words="", seen=seen[1])
    said = texts(browser.get(path).text)
    assert "Nothing was changed: it would come to something else than you saw." in said
    assert listed(browser.get("/subscribers?q=zoe").text) == []
    press(browser, path, "take-in")
    assert "1 new, 1 changed" in texts(browser.get(path).text)


def test_nobody_comes_back_by_a_file(office: Office, browser: Browser) -> None:
    with office.app.store.writing() as session:
        session.people.set_state(session.rights.subscriber("ada@example.org"), "news", SubscriptionState.UNSUBSCRIBED)
    path = sent(browser, "email,consent_source,consent_at\nADA@example.org,new form,2026-11-01\n")
    page = browser.get(path).text
    assert (counts(page)["kept off"], "left the list before" in texts(page)) == (1, True)
    assert "nothing would change" in texts(page)


def test_a_file_whose_columns_cannot_be_told_says_so(browser: Browser) -> None:
    path = sent(browser, "name,phone\nEve,1\n")
    page = texts(browser.get(path).text)
    assert "There is no column “email”." in page
    assert "Import 0" not in page
    assert press(browser, path, "remove").status_code == 303
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.csv", "The file is empty."),
        (b"PK\x03\x04" + b"x" * 200_000, "people.xlsx", "This is no CSV file."),
        (b"%PDF-1.7", "people.csv", "This is no CSV file."),
        (b"x", "", "Needed: choose a file."),
    ],
)
def test_a_file_that_is_none_is_refused_beside_its_field(
    office: Office, browser: Browser, content: bytes, name: str, said: str
) -> None:
    body = {"csrf": token(browser.get(IMPORT).text), "kind": "kept off"}
    answer = browser.client.post(
        IMPORT, content=multipart(body, name, content), headers={"Origin": browser.base, **TYPE}
    )
    assert answer.status_code == 422
    assert said in wrong(answer.text)[0]
    # what was chosen besides stays
    assert re.search(r'value="kept off" checked', answer.text)
    assert list((office.bench.folder / ".digest" / "uploads").iterdir()) == []


TYPE = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def multipart(fields: dict[str, str], name: str, content: bytes) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'
        for key, text in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    "name",
    [
        "../../digest.toml",
        "..\\..\\x.csv",
        "/etc/passwd",
        "a\u202ecsv.exe",
        "about.json",
        "." * 300,
        "x" * 400 + ".csv",
    ],
)
def test_a_files_name_leads_nowhere_else(office: Office, browser: Browser, name: str) -> None:
    answer = upload(browser, FILE, name)
    assert answer.status_code == 303
    folder = (office.bench.folder / ".digest" / "uploads" / answer.headers["location"].rpartition("/")[2]).resolve()
    assert len(list(folder.iterdir())) == 2
    assert browser.get(answer.headers["location"]).status_code == 200


def pieces_taken(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return what notes each time anything of a file is kept."""
    taken: list[int] = []
    usual = uploads._write

    def note(file: Path, pieces: Any) -> None:
        taken.append(1)
        usual(file, pieces)

    monkeypatch.setattr(uploads, "_write", note)
    return taken


@pytest.mark.parametrize("form", ["", "0" * 16 + "." + "0" * 32])
def test_without_the_sittings_own_token_nothing_of_a_file_is_taken_in(
    office: Office, browser: Browser, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = pieces_taken(office, monkeypatch)
    fields = {"csrf": form, "kind": "people"}
    answer = browser.client.post(IMPORT, data=fields, files={"file": ("a.csv", FILE)}, headers={"Origin": browser.base})
    assert answer.status_code == 403
    assert "Your text is still here" not in answer.text
    assert taken == []


def test_no_other_page_and_nobody_without_a_sitting_sends_a_file(
    office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = pieces_taken(office, monkeypatch)
    form = {"csrf": token(browser.get(IMPORT).text)}
    elsewhere = browser.client.post(
        IMPORT, data=form, files={"file": ("a.csv", FILE)}, headers={"Origin": "https://evil.example"}
    )
    assert elsewhere.status_code == 403
    nobody = office.browser().client.post(
        IMPORT, data=form, files={"file": ("a.csv", FILE)}, headers={"Origin": browser.base}
    )
    assert nobody.status_code == 401
    assert taken == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"csrf=x", "application/x-www-form-urlencoded"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + b"a" * (MOST_BEFORE + 1),
            "multipart/form-data; boundary=x",
        ),
        (b"\xff" * 70_000, "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"x", "text/plain"),
    ],
)
def test_what_is_no_form_with_a_file_is_refused(browser: Browser, body: bytes, kind: str) -> None:
    answer = browser.client.post(IMPORT, content=body, headers={"Origin": browser.base, "Content-Type": kind})
    assert answer.status_code in (403, 413)


def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_is_kept(
    office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the package names its function as the module
    site = importlib.import_module("digest.web.desk.site")
    monkeypatch.setattr(site, "_UPLOADS", {IMPORT: 200_000})
    small = Browser(site.site(office.app), browser.base)
    small.client.cookies = browser.client.cookies
    answer = upload(small, "email\n" + "x" * 300_000)
    assert answer.status_code == 413
    assert "MB" in wrong(answer.text)[0]
    assert list((office.bench.folder / ".digest" / "uploads").iterdir()) == []
    assert upload(small, FILE).status_code == 303


def test_files_are_removed_after_a_day_by_the_clock_and_by_whoever_looks(office: Office, browser: Browser) -> None:
    path = sent(browser, FILE)
    browser.get(path)
    office.clock.forward(hours=23)
    clocks.forget(office.app, lambda _: None)
    assert len(kept(office)) == 1
    office.clock.forward(hours=2)
    clocks.forget(office.app, lambda _: None)
    assert kept(office) == []
    assert office.inside().get(path).status_code == 404


def test_no_more_than_some_files_wait(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST", 1)
    sent(browser, FILE)
    answer = upload(browser, FILE)
    assert answer.status_code == 422
    assert "Too many files wait here." in wrong(answer.text)[0]


@contextmanager
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let no file be read to its end before the block ends."""
    go = threading.Event()
    usual = people.held

    @contextmanager
    def slow(*given: Any) -> Iterator[Any]:
        given[3](1, 2)
        go.wait(20)
        with usual(*given) as one:
            yield one

    monkeypatch.setattr(people, "held", slow)
    monkeypatch.setattr(importing, "_PATIENCE", 0.01)
    try:
        yield go
    finally:
        go.set()


def test_a_file_that_takes_long_is_read_beside_the_page_which_says_how_far_it_is(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_up(monkeypatch) as go:
        path = sent(browser, FILE)
        browser.get(path)
        for _ in range(200):
            page = browser.get(path).text
            if "1 of 2 rows" in page:
                break
        assert "Being read: 1 of 2 rows" in texts(page)
        assert "data-moves" in page
        assert press(browser, path, "remove").status_code == 409
        # pressed amid it, nothing begins a second time
        assert press(browser, path, "take-in").status_code == 303
        go.set()
        monkeypatch.setattr(importing, "_PATIENCE", 20)
        assert counts(browser.get(path).text)["new"] == 2
    assert listed(browser.get("/subscribers?q=eve").text) == []


def test_a_fault_of_the_program_leaves_everything_as_it_was(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sent(browser, FILE)
    browser.get(path)
    monkeypatch.setattr(people.Held, "take_in", lambda *_: 1 / 0)
    press(browser, path, "take-in")
    assert "by a fault of the program. Nothing was changed." in texts(browser.get(path).text)
    monkeypatch.undo()
    press(browser, path, "take-in")
    assert "2 new" in texts(browser.get(path).text)


LEAVERS = "Email Address,UNSUB_TIME\nada@example.org,2026-01-01\nzoe@example.org,2026-01-02\nno address,\n"


def test_a_list_of_who_must_not_be_mailed_keeps_them_off(office: Office, browser: Browser) -> None:
    path = sent(browser, LEAVERS, "unsubscribed.csv", "kept off")
    page = browser.get(path).text
    assert counts(page) == {
        "newly kept off": 2,
        "kept off already": 0,
        "on your lists": 1,
        "may be mailed": 0,
        "refused": 1,
    }
    assert place(office, "ada@example.org").state == SubscriptionState.ACTIVE
    press(browser, path, "take-in")
    assert "2 addresses are kept off now." in texts(browser.get(path).text)
    assert place(office, "ada@example.org").state == SubscriptionState.UNSUBSCRIBED
    assert kept(office) == []
    again = sent(browser, LEAVERS, "unsubscribed.csv", "kept off")
    assert "nothing would change" in texts(browser.get(again).text)


def test_a_list_that_does_not_say_why_asks_for_it(office: Office, browser: Browser) -> None:
    path = sent(browser, "ada@example.org\n", "list.txt", "kept off")
    assert "does not say why" in texts(browser.get(path).text)
    assert press(browser, path, "look", "because").status_code == 422
    press(browser, path, "look", "complaint")
    assert counts(browser.get(path).text)["newly kept off"] == 1
    press(browser, path, "take-in", "complaint")
    browser.get(path)
    assert place(office, "ada@example.org").state == SubscriptionState.COMPLAINED


def test_no_file_waits_that_may_name_somebody_who_was_erased(office: Office, browser: Browser) -> None:
    path = sent(browser, FILE.replace("zoe@", "ada@"))
    assert counts(browser.get(path).text)["new"] == 1
    rights.erase(office.app, "ada@example.org")
    assert kept(office) == []
    gone = browser.get(path)
    assert gone.status_code == 404
    assert "when somebody is erased" in texts(gone.text)
    # what was taken in is told as before
    done = sent(browser, FILE)
    press(browser, done, "take-in", CONSENT)
    assert "2 new" in texts(browser.get(done).text)
    rights.erase(office.app, "eve@example.org")
    assert "2 new" in texts(browser.get(done).text)


def test_nothing_of_a_file_is_remembered_that_is_not_here_any_more(office: Office) -> None:
    kept = uploads.Uploads(office.app)

    def seen(number: int) -> uploads.Uploaded:
        text = FILE.replace("eve", f"eve{number}").encode()
        about = kept.find(kept.take("people.csv", "news", uploads.Kind.PEOPLE, "Hannah Cole", [text]))
        assert kept.standing(about, 20).seen is not None
        return about

    one, two, _ = seen(1), seen(2), seen(3)
    assert len(kept._standings) == len(kept._ready) == 3
    kept.drop(one)
    looked = kept.standing(two, 20)
    assert looked.seen is not None
    expected = uploads.mark(looked.seen, looked.columns)
    kept.take_in(two, "", expected, unnoted, {0: "email", 1: "first_name", 2: "field:job"})
    kept._ready[two.id][1].wait(20)
    done = kept._standings[two.id]
    assert (done.stage, done.counts.get("new")) == (uploads.Stage.DONE, 2), done.trouble
    assert (done.seen, done.columns, done.chosen) == (None, (), {})
    uploads.forget_waiting(office.bench.folder)
    assert [about.id for about in kept.every()] == [two.id]
    assert len(kept._standings) == len(kept._ready) == 1
    office.clock.forward(days=2)
    assert kept.every() == []
    assert kept._standings == kept._ready == {}
