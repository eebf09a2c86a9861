"""`digest lint` on files: ours, and such as other organisations and programs send."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Digest
from tests.stages.emails import good

#: as many newsletters are made: by hand, from a page, years ago
BY_HAND = """\
<html>
<body bgcolor="#ffffff" text="#999999">
<table width="600"><tr><td align="center">
<img src="images/header.jpg">
<font size="1">Dear *|FNAME|*,</font>
<h3>Summer fair</h3>
<p style="text-align: justify">Come to our summer fair. <a href="http://www.fair.example/">Click here</a> for the map
and <a href="http://www.fair.example/tickets">click here</a> for tickets.</p>
<div style="display:flex"><p>10 am</p><p>Field</p></div>
</td></tr></table>
</body>
</html>
"""

#: a message of a sending service, with Windows letters and a picture inside
SERVICE = (
    b"Received: from out.mailer.example by mx.example\r\n"
    b"From: =?windows-1252?Q?Caf=E9_Kestrel?= <hello@kestrel.example>\r\n"
    b"To: ada@example.org\r\n"
    b"Subject: Your March news\r\n"
    b"Date: Tue, 3 Mar 2026 09:00:00 +0000\r\n"
    b"Message-ID: <abc@out.mailer.example>\r\n"
    b"Precedence: bulk\r\n"
    b"List-Unsubscribe: <mailto:leave@mailer.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; boundary="r"\r\n\r\n'
    b"--r\r\nContent-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b'<!DOCTYPE html><html lang=3D"en"><head><title>Your March news</title></head><body>\r\n'
    b"<h1>Caf=E9 Kestrel =96 March</h1><p>We have moved.</p>\r\n"
    b'<img src=3D"cid:logo" alt=3D"Caf=E9 Kestrel" width=3D"90">\r\n'
    b'<p><a href=3D"https://mailer.example/unsubscribe?u=3D1">Unsubscribe</a></p></body></html>\r\n'
    b"--r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"iVBORw0KGgo=\r\n--r--\r\n"
)

#: a mailbox with two notes by hand, as a mail program keeps them
MAILBOX = (
    b"From noreen@fern.example Tue Mar  3 09:00:00 2026\nFrom: noreen@fern.example\nTo: bo@example.org\nSubject: Hi\n"
    b"Date: Tue, 3 Mar 2026 09:00:00 +0000\nMessage-ID: <1@fern.example>\n\n"
    b"Hello Bo, see you at https://fern.example/.\n\n"
    b"From noreen@fern.example Wed Mar  4 09:00:00 2026\nFrom: noreen@fern.example\nTo: bo@example.org\n\n"
    b"Hello {{ name }}\n"
)


def _codes(stdout: str) -> list[str]:
    return [finding["code"].removeprefix("lint.") for finding in json.loads(stdout)["findings"]]


def test_a_good_message_has_nothing_to_mend(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "good.eml").write_bytes(good().message)
    (tmp_path / "good.html").write_text(good().html, encoding="utf8")
    done = digest("lint", "good.eml", "good.html", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout == "good.eml: nothing to mend.\ngood.html: nothing to mend.\n"


def test_a_newsletter_made_by_hand_is_looked_over_the_worst_first(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "fair.html").write_text(BY_HAND)
    done = digest("lint", "fair.html", folder=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    order = [line.split("  ")[0] for line in lines if line.startswith(("must mend", "look at", "note"))]
    assert order == sorted(order, key=["must mend", "look at", "note"].index)
    assert "must mend  fair.html, line 5: <font>Dear *|FNAME|*," in lines
    assert 'look at  fair.html, line 7: <a href="http://www.fair.example/">Click here' in lines
    assert lines[-1] == (
        f"fair.html: {order.count('must mend')} must be mended, {order.count('look at')} to look at, 1 note."
    )
    found = _codes(digest("lint", "fair.html", "--json", folder=tmp_path).stdout)
    assert {
        "accessibility.language",
        "accessibility.title",
        "accessibility.alternative",
        "accessibility.vague-link",
        "contrast.light",
        "contrast.size",
        "contrast.justified",
        "links.picture",
        "links.insecure",
        "links.unsubscribe",
        "content.merge-field",
        "dark.none",
        "support.style",
    } <= set(found)


def test_a_message_of_another_service_is_read_in_its_own_letters(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "march.eml").write_bytes(SERVICE)
    done = digest("lint", "march.eml", "--json", folder=tmp_path)
    assert done.returncode == 1
    found = _codes(done.stdout)
    assert {
        "message.charset",
        "message.id-domain",
        "message.list-id",
        "message.one-click",
        "message.precedence",
        "message.structure",
        "message.unsubscribe",
    } <= set(found)
    assert not [code for code in found if code.startswith(("content.", "links.", "message.charset-unknown"))]


def test_every_message_of_a_mailbox_is_named(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "box").write_bytes(MAILBOX)
    done = digest("lint", "box", folder=tmp_path)
    assert "box, message 1" in done.stdout
    assert "must mend  box, message 2, text, line 1" in done.stdout


def test_what_comes_in_by_standard_input_is_known_by_its_content() -> None:
    for content, code in ((BY_HAND.encode(), 1), (good().message, 0), (b"\x00\x01", 1), (b"", 1)):
        done = subprocess.run(
            [sys.executable, "-m", "digest", "lint", "-", "--json"], input=content, capture_output=True, timeout=60
        )
        assert done.returncode == code, done.stdout
        assert json.loads(done.stdout)["file"] == "-"
        assert not done.stderr


def test_the_ending_of_a_name_is_not_believed(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "letter.html").write_bytes(good().message)
    assert digest("lint", "letter.html", folder=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "It is neither a message nor HTML."),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 50, "It is neither a message nor HTML."),
        (b"", "There is nothing in it."),
        (None, "It could not be read: No such file or directory."),
    ],
)
def test_what_is_no_email_is_told_kindly(tmp_path: Path, digest: Digest, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    (tmp_path / "good.html").write_text(good().html, encoding="utf8")
    done = digest("lint", "x", "good.html", folder=tmp_path)
    assert done.returncode == 1
    assert says in done.stdout
    assert "good.html: nothing to mend." in done.stdout
    assert "Traceback" not in done.stderr


def test_letters_of_another_age_are_read(tmp_path: Path, digest: Digest) -> None:
    page = good().html.replace("Hello Ada", "Caf\u00e9 Ada")
    (tmp_path / "16.html").write_bytes(page.encode("utf-16"))
    (tmp_path / "mark.html").write_bytes(b"\xef\xbb\xbf" + page.encode())
    (tmp_path / "latin.html").write_bytes(
        page.replace("charset=UTF-8", "charset=windows-1252").encode("cp1252", "xmlcharrefreplace")
    )
    done = digest("lint", "16.html", "mark.html", "latin.html", folder=tmp_path)
    assert done.returncode == 0, done.stdout


def test_each_file_is_a_line_of_json(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "fair.html").write_text(BY_HAND)
    done = digest("lint", "fair.html", "nowhere.eml", "--json", folder=tmp_path)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["file"], second["file"]) == ("fair.html", "nowhere.eml")
    assert set(first["findings"][0]) == {"code", "severity", "where", "what", "why", "mend", "about"}
    assert second["findings"][0]["code"] == "lint.file.unreadable"


def test_terminal_commands_in_an_email_are_not_passed_on(tmp_path: Path, digest: Digest) -> None:
    (tmp_path / "x.html").write_text("<p>\x1b]0;owned\x07{{ name }}</p>")
    assert "\x1b" not in digest("lint", "x.html", folder=tmp_path).stdout
