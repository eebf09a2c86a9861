from __future__ import annotations

from pathlib import Path

import pytest

from digest.app import returning
from digest.app.clock import look_at_returns
from digest.domain.errors import Refused
from digest.feedback.maildir import Maildir
from tests.jobs.conftest import Workbench
from tests.jobs.test_feedback import ADA, Returning, bounce, complaint


@pytest.fixture
def returned(bench: Workbench) -> Returning:
    bench.configure(bench.app.loaded.files["digest.toml"] + '[returns]\nmaildir = "returns"\n')
    for room in ("new", "cur", "tmp"):
        (bench.folder / "returns" / room).mkdir(parents=True)
    return Returning(bench)


def put(bench: Workbench, name: str, message: bytes) -> None:
    (bench.folder / "returns" / "new" / name).write_bytes(message)


def there(bench: Workbench) -> list[str]:
    return sorted(file.name for file in (bench.folder / "returns" / "new").iterdir())


def test_what_counts_is_put_away_and_what_a_person_should_read_stays(returned: Returning) -> None:
    bench = returned.bench
    put(bench, "1", bounce(returned.mailed()))
    put(bench, "2", complaint(returned.mailed("bo@example.org").replace(b"bo@example.org", b"redacted@example.org")))
    put(bench, "3", f"From: {ADA}\r\nSubject: A question\r\n\r\nMay I quote you?\r\n".encode())
    put(bench, "4", bounce(b"Subject: somebody else's"))
    said: list[str] = []
    assert look_at_returns(bench.app, said.append) == []
    assert said == [
        "Mail came back: 1 reported it as spam, 1 address does not exist, 1 could not be shown to be about your mail."
    ]
    assert there(bench) == ["3", "4"]
    assert (returned.kept_off(), returned.kept_off("bo@example.org")) == ("hard bounce", "complaint")


def test_a_crash_before_a_message_was_put_away_counts_it_once(
    returned: Returning, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = returned.bench
    put(bench, "1", bounce(returned.mailed(), status="4.2.2"))

    def crash(self: Maildir, key: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Maildir, "done", crash)
        with pytest.raises(KeyboardInterrupt):
            returning.read(bench.app)
    again = returning.read(bench.app)
    assert (again.messages, again.counted.total(), there(bench)) == (1, 0, [])
    with bench.app.store.reading() as session:
        person = session.rights.subscriber(ADA)
        assert session.feedback.soft(person, bench.clock()) == 1


def test_a_mailbox_that_cannot_be_read_is_said_and_tried_again(returned: Returning, tmp_path: Path) -> None:
    bench = returned.bench
    put(bench, "1", bounce(returned.mailed()))
    (bench.folder / "returns").rename(bench.folder / "away")
    said: list[str] = []
    assert len(look_at_returns(bench.app, said.append)) == 1
    assert "is no Maildir" in said[0]
    (bench.folder / "away").rename(bench.folder / "returns")
    assert look_at_returns(bench.app, said.append) == []
    assert returned.kept_off() == "hard bounce"


def test_where_no_mailbox_is_set_nothing_is_read_by_itself(bench: Workbench) -> None:
    assert look_at_returns(bench.app, print) == []
    with pytest.raises(Refused, match="No mailbox is set"):
        returning.read(bench.app)
