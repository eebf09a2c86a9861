"""A workspace without public pages: base_url is empty, pictures come along, and people leave by mail."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from digest.app import notices, pages
from digest.app.check import check
from digest.config import parse
from digest.domain.errors import ConfigurationError, Refused
from digest.domain.model import Notice, NoticeKind, Severity, Subscriber, SubscriptionState
from digest.feedback.report import read
from digest.jobs import feedback
from digest.jobs.feedback import Applied, Work
from digest.stages.review.lint import lint, lint_message
from tests.emails import FEW, LOOKS, email
from tests.jobs.conftest import CONFIGURATION, PEOPLE, Wire, Workbench
from tests.jobs.test_feedback import bounce
from tests.stages.test_lint import codes

SENDER = 'address = "news@fernhill.example.org"'
LEAVE = 'unsubscribe_mailto = "leave+news@fernhill.example.org"'
PAGELESS = CONFIGURATION.replace("https://digest.example.org", "").replace(SENDER, f"{SENDER}\n{LEAVE}")
ADA, BO = "ada@example.org", "bo@example.org"


class Sent:
    """An edition that was sent without public pages, and what is written in answer to it."""

    def __init__(self, bench: Workbench, configuration: str = PAGELESS) -> None:
        bench.configure(configuration)
        self.bench = bench
        self.edition = bench.approved()
        wire = Wire()
        bench.app.send(self.edition, wire, "Grace Approver")
        self.raw = {parcel.envelope_to: parcel.content for parcel in wire.parcels}
        self.mails = {address: _read(content) for address, content in self.raw.items()}

    def leaving(self, address: str) -> str:
        """Return the address that ends somebody's subscription, as a mail program is told it."""
        [found] = re.findall(r"<([^>]+)>", re.sub(r"\s", "", self.mails[address]["List-Unsubscribe"]))
        return str(found)

    def subject(self, address: str) -> str:
        return unquote(urlsplit(self.leaving(address)).query.removeprefix("subject="))

    def wrote(self, sender: str, subject: str, more: str = "", body: str = "") -> Applied:
        """Let somebody write a mail, and read it."""
        to = "leave+news@fernhill.example.org"
        return self.apply(f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n{more}\r\n{body}\r\n".encode())

    def apply(self, message: bytes) -> Applied:
        app = self.bench.app
        work = Work(
            store=app.store,
            clock=self.bench.clock,
            newsletters=app.loaded.workspace.newsletters,
            secret=app.secret,
            suppression_key=app.suppression_key,
        )
        return feedback.apply(work, read(message), message)

    def state(self, address: str) -> SubscriptionState:
        with self.bench.app.store.reading() as session:
            [(_, [place])] = session.people.by_address([address]).values()
        return place.state


def _read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _parts(mail: EmailMessage) -> list[str]:
    bodies = [mail.get_body((kind,)) for kind in ("html", "plain")]
    return [str(body.get_content()) for body in bodies if body is not None]


@pytest.fixture
def sent(bench: Workbench) -> Sent:
    return Sent(bench)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (f"\n{LEAVE}", "", "[newsletters.sender]", "there is no address that a mail asking to unsubscribe"),
        ("[[newsletters]]", 'pictures = "linked"\n[[newsletters]]', "pictures =", "Pictures are linked"),
        (
            "[newsletters.schedule]",
            "[newsletters.tracking]\nclicks = true\n[newsletters.schedule]",
            "clicks =",
            "Clicks are counted by the public pages",
        ),
        ('base_url = ""', 'base_url = " "', "base_url", "is no https address"),
        ('base_url = ""', 'base_url = "http://x.example"', "base_url", "is no https address"),
    ],
)
def test_what_needs_pages_is_a_fault_at_its_line(old: str, new: str, line: str, says: str) -> None:
    text = PAGELESS.replace(old, new, 1)
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    [finding] = told.value.findings
    assert says in finding.what
    at = next(number for number, one in enumerate(text.splitlines(), 1) if one.startswith(line))
    assert finding.where == f"digest.toml:{at}"


@pytest.mark.parametrize("pictures", ["embedded", "none"])
def test_pictures_that_need_no_pages_are_right(pictures: str) -> None:
    assert parse(PAGELESS.replace("[[newsletters]]", f'pictures = "{pictures}"\n[[newsletters]]')).base_url == ""


def test_base_url_must_be_said_even_where_it_is_empty() -> None:
    with pytest.raises(ConfigurationError):
        parse(PAGELESS.replace('base_url = ""\n', ""))


def test_nothing_in_a_mail_leads_to_a_page(sent: Sent) -> None:
    for mail in sent.mails.values():
        for part in _parts(mail):
            assert not re.search(r"digest\.example\.org|/subscribe/|href=\"/|/e/|/p/|/u/|/l/", part)
            for words in ("browser", "preferences", "Forwarded to you", "Subscribe:"):
                assert words not in part
            assert "Unsubscribe" in part


def test_each_person_leaves_by_a_mail_of_their_own(sent: Sent) -> None:
    found = set()
    for address, mail in sent.mails.items():
        leaving = sent.leaving(address)
        assert re.fullmatch(
            r"mailto:leave\+news@fernhill\.example\.org\?subject=unsubscribe%20[0-9a-f]{16}\.[\w-]{22}", leaving
        )
        assert "List-Unsubscribe-Post" not in mail, "RFC 8058 wants an https address"
        assert all(leaving in part for part in _parts(mail))
        found.add(leaving)
    assert len(found) == len(sent.mails) == 3


def test_with_pages_the_header_is_as_before(bench: Workbench) -> None:
    paged = Sent(bench, CONFIGURATION.replace(SENDER, f"{SENDER}\n{LEAVE}"))
    value = re.sub(r"\s", "", paged.mails[ADA]["List-Unsubscribe"])
    mailto = r"<mailto:leave\+news@fernhill\.example\.org\?subject=unsubscribe>"
    assert re.fullmatch(rf"<https://digest\.example\.org/u/[^>]+>,{mailto}", value)
    assert paged.mails[ADA]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_lint_has_nothing_against_it(sent: Sent) -> None:
    shown = sent.bench.app.stored(sent.edition)
    assert [one for one in shown.findings if one.severity == Severity.MUST_MEND] == []
    for look in LOOKS:
        html, text = email("english", FEW, look=look, pages=False).parts()
        straight, _ = email("english", FEW, look=look).parts(), None
        assert codes(lint(html, text)) == codes(lint(*straight))
    assert not [one for one in lint_message(sent.raw[ADA]) if one.severity == Severity.MUST_MEND]
    assert "lint.message.by-mail-alone" in {one.code for one in lint_message(sent.raw[ADA])}


def test_the_page_that_is_kept_for_later_leads_to_no_page_either(sent: Sent) -> None:
    [web] = [one for one in sent.bench.app.stored(sent.edition).variants if one.is_web_version]
    assert "og:url" not in web.html
    assert not re.search(r"(?:href|src)=\"/|mailto:|Subscribe", web.html)


@pytest.mark.parametrize("before", ["", "Re: ", "RE:", "AW: "])
def test_the_mail_that_the_link_writes_ends_the_subscription(sent: Sent, before: str) -> None:
    assert sent.wrote(ADA, before + sent.subject(ADA)).counted == ("left",)
    assert (sent.state(ADA), sent.state(BO)) == (SubscriptionState.UNSUBSCRIBED, SubscriptionState.ACTIVE)
    assert sent.wrote(ADA, before + sent.subject(ADA)).counted == ()


def test_it_counts_wherever_it_is_written_from_and_ends_nobody_elses(sent: Sent) -> None:
    # Ada's mail is read by Bo, or by herself under another address
    assert sent.wrote("Ada <ada.at.home@elsewhere.example>", sent.subject(ADA)).counted == ("left",)
    assert sent.state(ADA) == SubscriptionState.UNSUBSCRIBED
    assert sent.wrote(BO, sent.subject(ADA)).counted == ()
    assert sent.state(BO) == SubscriptionState.ACTIVE


def test_it_counts_whatever_a_mail_program_adds(sent: Sent) -> None:
    signed = "This mail was written by a telephone.\r\n\r\n> Nursery play\r\n"
    assert sent.wrote(ADA, sent.subject(ADA), "X-Auto-Response-Suppress: All\r\n", signed).counted == ("left",)


def test_a_token_that_nobody_has_ends_nothing(sent: Sent) -> None:
    true = sent.subject(ADA)
    _, _, token = true.partition(" ")
    person, _, mark = token.partition(".")
    other = sent.subject(BO).partition(" ")[2].partition(".")[0]
    forged = [
        true[:-1] + ("A" if true[-1] != "A" else "B"),
        f"unsubscribe {other}.{mark}",
        f"unsubscribe {person}.{'A' * 22}",
        f"unsubscribe {token}x",
        f"unsubscribe {token} {token}",
        f"unsubscribe {'0' * 64}.{mark}",
        f"subscribe {token}",
        token,
    ]
    for subject in forged:
        assert sent.wrote("stranger@elsewhere.example", subject).counted == (), subject
    assert {sent.state(address) for address in (ADA, BO)} == {SubscriptionState.ACTIVE}


def test_a_subject_whose_token_is_broken_still_counts_for_who_writes(sent: Sent) -> None:
    broken = f"{sent.subject(ADA)[:-1]}!"
    assert sent.wrote(ADA, f"unsubscribe {'x' * 8}.{'A' * 22}").counted == ("left",)
    assert sent.wrote(BO, broken, body="Please unsubscribe me.").counted == ("left",)


def test_a_bounce_is_known_by_the_link_in_what_came_back(sent: Sent) -> None:
    returned = sent.raw[ADA].replace(b"Message-ID", b"X-Rewritten")
    assert sent.apply(bounce(returned)).counted == ("hard",)
    assert sent.state(ADA) == SubscriptionState.BOUNCED


def test_check_says_what_is_lost_and_that_somebody_must_read(tmp_path: Path) -> None:
    (tmp_path / "digest.toml").write_text(PAGELESS)
    (tmp_path / "subscribers.csv").write_text(PEOPLE)
    found = check(tmp_path)
    lost = [one for one in found if one.code == "check.no-pages"]
    assert {one.severity for one in lost} == {Severity.NOTE}
    said = " ".join(f"{one.what} {one.why}" for one in lost)
    for words in ("web version", "archive", "themes", "sign-up form", "one click", "5,000 messages a day"):
        assert words in said
    assert [one.severity for one in found if one.code == "check.no-mailbox"] == [Severity.LOOK_AT]
    (tmp_path / "digest.toml").write_text(PAGELESS + '[returns]\nmaildir = "mail"\n')
    assert not [one for one in check(tmp_path) if one.code == "check.no-mailbox"]
    (tmp_path / "digest.toml").write_text(CONFIGURATION)
    assert not [one for one in check(tmp_path) if one.code.startswith("check.no-")]


def test_what_needs_pages_is_refused_kindly(bench: Workbench) -> None:
    pages.needed(bench.app.loaded.workspace, "Nothing is served.")
    bench.configure(PAGELESS)
    with pytest.raises(Refused, match=r"Nothing is served\. That needs public pages"):
        pages.needed(bench.app.loaded.workspace, "Nothing is served.")


def test_a_mail_that_was_promised_waits_while_there_are_no_pages(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    with bench.app.store.writing() as session:
        person = session.people.by_address([ADA])[ADA][0].id
        session.readers.add_notice(
            Notice(
                id="keep",
                kind=NoticeKind.KEEP,
                newsletter="news",
                made_at=bench.clock(),
                subscriber=Subscriber(id=person, address=ADA),
            )
        )
    for configuration, mailed in ((PAGELESS, 0), (CONFIGURATION, 1)):
        bench.configure(configuration)
        wire = Wire()
        bench.app.transport = lambda *_, wire=wire: wire  # type: ignore[method-assign, misc, assignment]
        assert notices.send(bench.app) == mailed
        assert len(wire.parcels) == mailed
