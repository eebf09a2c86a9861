"""A test mail that fails: why, and what to do, in words for who fills in a form."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from digest.app import trying
from digest.domain.errors import ServerTrouble
from tests.conftest import Clock
from tests.web.desk.new import New


@pytest.fixture
def new(tmp_path: Path, clock: Clock) -> Iterator[New]:
    made = New(tmp_path / "work", clock)
    made.set_sender(465, host="smtp.example.net", tls="tls")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("cause", "mend", "told"),
    [
        (socket.gaierror(-2, "Name or service not known"), "", "There is no server called smtp.example.net"),
        (ConnectionRefusedError(111, "Connection refused"), "", "no mail server answers at port 465. Mostly it is"),
        (TimeoutError("timed out"), "", "Nothing answered at smtp.example.net, port 465, within 15 seconds."),
        (ssl.SSLError(1, "wrong version number"), "", "does not speak this encryption at port 465."),
        (None, "Check the user in [server] and DIGEST_SMTP_PASSWORD; nothing was sent.", "some providers want an app"),
        (None, "Check tls under [server]; nothing was sent.", "It says so. Check the encryption; nothing was sent."),
        (ssl.SSLCertVerificationError("expired"), "Check its certificate.", "It says so. Check its certificate."),
    ],
)
def test_what_is_wrong_with_a_server_is_told_without_the_names_of_settings(
    cause: Exception | None, mend: str, told: str, new: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver(*_: object, **__: object) -> None:
        raise ServerTrouble("It says so.", mend) from cause

    monkeypatch.setattr(trying, "one_of", lambda *_: SimpleNamespace(deliver=deliver))
    with pytest.raises(ServerTrouble) as raised:
        trying.send_to_try(new.app, "", "hannah@example.org")
    said = f"{raised.value.what} {raised.value.mend}"
    assert told in said
    assert all(word not in said for word in ("[server]", "DIGEST_", "Errno"))
