"""One message's bytes become a report."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import FeedbackKind, What
from digest.feedback import codes
from digest.feedback.addresses import addresses_in
from digest.feedback.report import read
from tests.feedback.messages import RETURNED, VERP, about, complaint, notice, plain, report
from tests.feedback.sayings import FOR_GOOD, FOR_NOW

HARD, SOFT, COMPLAINT, NONE = FeedbackKind.HARD, FeedbackKind.SOFT, FeedbackKind.COMPLAINT, FeedbackKind.NONE


def kinds(content: bytes) -> list[tuple[str, str, str]]:
    return [(one.address, one.kind.value, one.status) for one in read(content).recipients]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        # nobody is there
        ("550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking", HARD),
        ("550 5.1.1 <ada@school.example>: Recipient address rejected: User unknown in virtual mailbox table", HARD),
        ("550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", HARD),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", HARD),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", HARD),
        ("550 Requested action not taken: no such user here", HARD),
        ("550 No such recipient here", HARD),
        ("550 #5.1.0 Address rejected.", HARD),
        ("550 5.1.1 Mailbox unavailable", HARD),
        ("554 delivery error: dd This user doesn't have a yahoo.com account", HARD),
        ("550 Invalid recipient ada@school.example (#5.1.1)", HARD),
        ("550 5.1.6 Recipient has moved, please try <ada@elsewhere.example>", HARD),
        ("550 5.1.2 The domain name in your message is not known: Host unknown", HARD),
        ("550 sorry, no mailbox here by that name", HARD),
        ("550 5.1.1 unknown user; see https://mail.example/policy#spam", HARD),
        ("Host or domain name not found. Name service error for name=gone.example type=AAAA: Host not found", HARD),
        ("556 5.1.10 Domain does not accept mail (nullMX)", HARD),
        # for days, or the notice would not say that it failed
        ("450 4.1.1 <ada@school.example>: Recipient address rejected: User unknown in local recipient table", HARD),
        ("450 4.1.1 <ada@school.example>: Recipient address rejected: address verification in progress", SOFT),
        # full
        ("552 5.2.2 This message is larger than the current system limit or the recipient's mailbox is full", SOFT),
        ("452 4.2.2 The email account that you tried to reach is over quota", SOFT),
        ("550 5.1.1 mailbox is full", SOFT),
        ("552-5.2.2 The recipient's inbox is out of storage space and inactive.", SOFT),
        ("554 5.2.0 Quota exceeded (mailbox for user is full)", SOFT),
        ("550 5.7.1 user is over the quota. You can try again later.", SOFT),
        # later
        ("451 4.7.1 Greylisting in action, please come back later", SOFT),
        ("421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints", SOFT),
        ("450 4.3.2 try again later", SOFT),
        ("connect to mx.school.example[192.0.2.1]:25: Connection timed out", SOFT),
        ("delivery temporarily suspended: lost connection with mx.school.example", SOFT),
        ("retry timeout exceeded", SOFT),
        ("452 too many recipients", SOFT),
        # who sends, and what
        ("554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org", SOFT),
        ("550 5.7.26 This mail has been blocked because the sender is unauthenticated. DKIM = did not pass", SOFT),
        ("550 5.7.1 Message rejected due to content restrictions", SOFT),
        ("550 5.7.509 Access denied, sending domain charity.example does not pass DMARC verification", SOFT),
        ("550 5.7.25 The IP address sending this message does not have a PTR record setup", SOFT),
        ("553 5.1.8 <news@charity.example>: Sender address rejected: Domain not found", SOFT),
        ("550 5.7.1 relaying denied", SOFT),
        ("554 5.7.1 virus found in message", SOFT),
        ("552 5.3.4 Message size exceeds fixed maximum message size", SOFT),
        ("554 5.4.6 Too many hops, mail loop", SOFT),
        ("550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", SOFT),
        # shut
        ("550 5.2.1 The email account that you tried to reach is disabled.", SOFT),
        ("525 5.7.13 Recipient address rejected: Disabled recipient address", SOFT),
        # nothing that is known
        ("550 5.0.0 no", SOFT),
        ("", SOFT),
    ],
)
def test_what_a_server_says_is_judged_by_what_it_means(said: str, kind: FeedbackKind) -> None:
    assert codes.judged(status=codes.enhanced(said), words=said) == kind


@pytest.mark.parametrize(("said", "kind"), [*((said, HARD) for said in FOR_GOOD), *((said, SOFT) for said in FOR_NOW)])
def test_the_many_ways_to_say_no_to_an_address_are_known(said: str, kind: FeedbackKind) -> None:
    around = f"host mx.school.example[192.0.2.1] said: {said} (in reply to RCPT TO command)"
    assert codes.judged(action="failed", status=codes.enhanced(said), words=said, around=around) == kind


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", HARD),
        ("failed", "5.1.2", HARD),
        ("failed", "5.4.4", HARD),
        ("failed", "5.2.2", SOFT),
        ("failed", "5.7.1", SOFT),
        ("failed", "4.4.7", SOFT),
        ("failed", "5.0.0", SOFT),
        ("delayed", "4.4.1", SOFT),
        ("delayed", "5.1.1", SOFT),
        ("delivered", "2.1.5", NONE),
        ("relayed", "2.0.0", NONE),
        ("expanded", "2.0.0", NONE),
    ],
)
def test_where_nothing_is_said_action_and_status_count(action: str, status: str, kind: FeedbackKind) -> None:
    assert kinds(notice(about("", status, action))) == [("ada@school.example", kind.value, status)]


def test_a_notice_tells_who_when_of_which_mail_and_where_it_came_to() -> None:
    content = notice(about("550 5.1.1 User unknown", "5.1.1"))
    found = read(content)
    assert found.what == What.BOUNCE
    assert [(one.address, one.kind, one.status) for one in found.recipients] == [("ada@school.example", HARD, "5.1.1")]
    assert found.message_ids == ("k3y@charity.example",)
    assert found.delivered_to == (VERP,)
    assert found.hash == hashlib.sha256(content).hexdigest()


def test_each_recipient_of_a_notice_is_judged_alone() -> None:
    groups = "\n".join(
        [
            about("550 5.1.1 User unknown", "5.1.1", address="ada@school.example"),
            about("552 5.2.2 Mailbox full", "5.2.2", address="bea@school.example"),
            about("", "4.0.0", "delayed", address="cy@school.example"),
            about("250 2.0.0 OK", "2.0.0", "relayed", address="dee@school.example"),
        ]
    )
    assert [kind for _, kind, _ in kinds(notice(groups))] == ["hard", "soft", "soft", "none"]


def test_groups_that_no_empty_line_parts_are_parted() -> None:
    groups = about("550 5.1.1 User unknown", "5.1.1") + about("", "5.2.2", address="bea@school.example")
    assert [address for address, _, _ in kinds(notice(groups))] == ["ada@school.example", "bea@school.example"]


def test_the_address_as_it_was_mailed_counts_before_where_it_was_forwarded_to() -> None:
    group = "Original-Recipient: rfc822;ada@school.example\n" + about("", "5.1.1", address="a.lovelace@inside.example")
    assert kinds(notice(group)) == [("ada@school.example", "hard", "5.1.1")]


def test_the_far_servers_code_counts_where_the_notices_own_says_nothing() -> None:
    assert kinds(notice(about("550 5.1.1 no", "5.0.0"))) == [("ada@school.example", "hard", "5.1.1")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<ada@school.example>", ["ada@school.example"]),
        ("mailto:ada.l+news@a.b.school.example.", ["ada.l+news@a.b.school.example"]),
        ("o'hara@school.example 'bea@school.example'", ["o'hara@school.example", "bea@school.example"]),
        ("ada@school.example...User unknown", ["ada@school.example"]),
        ("给ada@school.example您好", ["给ada@school.example"]),
        ("ada@bücher.example, bea@例子.中国", ["ada@bücher.example", "bea@例子.中国"]),
        ("ada@192.0.2.1 ada@localhost @x.example ada@ a@b@c.example", ["b@c.example"]),
        ("\x1b[1mada\x00@school.example", []),
    ],
)
def test_addresses_are_found_in_words(text: str, found: list[str]) -> None:
    assert list(addresses_in(text)) == found


def test_an_ip_address_is_no_status_code() -> None:
    assert codes.enhanced("host 5.1.1.4 said: 192.5.1.1 550 5.7.1 no") == "5.7.1"


@pytest.mark.parametrize(
    ("text", "subject", "found"),
    [
        (
            "Votre message n'a pas pu être remis aux destinataires suivants :\n\nada@school.example\nBoîte aux lettres "
            "pleine\n",
            "Non remis : This week",
            [("ada@school.example", "soft", "")],
        ),
        (
            "Sent <<< RCPT TO:<ada@school.example>\nReceived >>> 550 5.1.1 unknown user.\n"
            "Could not deliver mail to this user.\n<ada@school.example>\n",
            "Mail could not be delivered",
            [("ada@school.example", "hard", "5.1.1")],
        ),
        (
            "-------server message\nYour message could not be delivered.\n\nada@school.example\n   550 5.1.1 "
            "<ada@school.example>... User Unknown\n\n-------original mail info\nFrom: news@charity.example\n",
            "failure notice",
            [("ada@school.example", "hard", "5.1.1")],
        ),
        (
            "The user(s) ada@school.example experienced problems.\nDelivery failed: mailbox full\n",
            "Mail System Error - Returned Mail",
            [("ada@school.example", "soft", "")],
        ),
        (
            "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
            "<ada@school.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 No such user\n\n"
            "--- Below this line is a copy of the message.\n\n" + RETURNED,
            "failure notice",
            [("ada@school.example", "hard", "5.1.1")],
        ),
        (
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not "
            "be delivered to one or more of its\nrecipients. The following address(es) failed:\n\n  ada@school.example"
            "\n    mailbox is full: retry timeout exceeded\n  bea@school.example\n    host mx.example [192.0.2.1]\n"
            "    SMTP error from remote mail server after RCPT TO:<bea@school.example>:\n    550 Unknown user\n\n"
            "------ This is a copy of the message, including all the headers. ------\n\n" + RETURNED,
            "Mail delivery failed: returning message to sender",
            [("ada@school.example", "soft", ""), ("bea@school.example", "hard", "")],
        ),
        (
            "This message was created automatically by mail delivery software.\nA message that you sent has not yet "
            "been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\nThe address to "
            "which the message has not yet been delivered is:\n\n  ada@school.example\n    Delay reason: no answer\n\n"
            "No action is required on your part. Delivery attempts will continue for\nsome time.\n",
            "Warning: message 1abc delayed 24 hours",
            [("ada@school.example", "soft", "")],
        ),
        (
            "Your message\n\n  To:      ada@school.example\n  Subject: This week\n  Sent:    Mon, 2 Nov 2026\n\n"
            "did not reach the following recipient(s):\n\nada@school.example on Mon, 2 Nov 2026 08:00:01 +0000\n"
            "    The recipient name is not recognized\n",
            "Undeliverable: This week",
            [("ada@school.example", "hard", "")],
        ),
        (
            "The mail system\n\n<ada@school.example>: host mx.school.example[192.0.2.1] said: 550 5.7.1 Message\n"
            "    rejected as spam (in reply to end of DATA command)\n",
            "Undelivered Mail Returned to Sender",
            [("ada@school.example", "soft", "5.7.1")],
        ),
        (
            "Delivery has failed to these recipients or groups:\n\nada@school.example<mailto:ada@school.example>\n"
            "The email address you entered couldn't be found. Please check the recipient's email address.\n\n"
            "Diagnostic information for administrators:\nada@school.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; "
            "not found ##\n\nOriginal message headers:\n\n" + RETURNED,
            "Undeliverable: This week",
            [("ada@school.example", "hard", "5.1.1")],
        ),
        (
            "------- Failure Reasons  --------\n\nUser ada (ada@school.example) not listed in public Name & Address "
            "Book\nada@school.example\n\n------- Returned Message --------\n" + RETURNED,
            "Undeliverable message",
            [("ada@school.example", "hard", "")],
        ),
        (
            "Your mail could not be delivered: the mailbox is full.\n\n--- Original message follows ---\n" + RETURNED,
            "Undeliverable mail",
            [("ada@school.example", "soft", "")],
        ),
    ],
    ids=[
        "french",
        "gateway",
        "filter",
        "mobile",
        "qmail",
        "exim",
        "exim-delay",
        "exchange",
        "postfix",
        "microsoft-365",
        "notes",
        "only-the-returned-mail",
    ],
)
def test_bounces_in_words_alone_are_read(text: str, subject: str, found: list[tuple[str, str, str]]) -> None:
    content = plain(text, subject)
    assert read(content).what == What.BOUNCE
    assert kinds(content) == found


def test_a_bounces_own_parties_are_nobody_who_bounced() -> None:
    text = (
        "Your message could not be delivered.\n\n<ada@school.example>: 550 5.1.1 User unknown\n\n"
        f"If you think this is wrong, contact postmaster@mx.example.\nThe message was sent by {VERP}.\n\n"
        "--- Original message ---\n" + RETURNED
    )
    assert [address for address, _, _ in kinds(plain(text))] == ["ada@school.example"]


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "opt-out-list", "miscategorized", "other", "Abuse"])
def test_who_complains_is_named(kind: str) -> None:
    found = read(
        complaint(f"Feedback-Type: {kind}\nUser-Agent: Loop/1\nVersion: 1\nOriginal-Rcpt-To: <ada@school.example>\n")
    )
    assert found.what == What.COMPLAINT
    assert [(one.address, one.kind) for one in found.recipients] == [("ada@school.example", COMPLAINT)]
    assert found.message_ids == ("k3y@charity.example",)


def test_who_complains_without_being_named_is_whom_the_mail_was_for() -> None:
    assert kinds(complaint("Feedback-Type: abuse\n")) == [("ada@school.example", "complaint", "")]


def test_a_complaint_about_nobody_in_particular_still_names_the_mail() -> None:
    returned = RETURNED.replace("To: ada@school.example", "To: redacted")
    found = read(complaint("Feedback-Type: abuse\n", returned))
    assert (found.what, found.recipients, found.message_ids) == (What.COMPLAINT, (), ("k3y@charity.example",))


def test_a_complaint_as_hotmail_sends_it_names_who_complained() -> None:
    returned = "X-HmXmrOriginalRecipient: ada@school.example\n" + RETURNED
    content = report(("message/rfc822", returned), kind="x", subject="complaint", sender="staff@hotmail.example")
    assert (read(content).what, kinds(content)) == (What.COMPLAINT, [("ada@school.example", "complaint", "")])


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus", "dmarc", ""])
def test_feedback_that_is_nobodys_wish_is_nothing(kind: str) -> None:
    found = read(complaint(f"Feedback-Type: {kind}\nOriginal-Rcpt-To: ada@school.example\n"))
    assert (found.what, found.recipients) == (What.OTHER, ())


def test_reports_about_the_domain_are_nothing() -> None:
    dmarc = report(
        ("text/plain", "This is an aggregate report; delivery to ada@school.example failed 3 times."),
        ("application/gzip", "H4sI"),
        kind="",
        subject="Report Domain: charity.example Submitter: provider.example Report-ID: <1@provider.example>",
        sender="noreply-dmarc@provider.example",
    )
    tls = report(("application/tlsrpt+gzip", "H4sI"), kind="tlsrpt", subject="Report Domain: charity.example")
    assert [(read(one).what, read(one).recipients) for one in (dmarc, tls)] == [(What.OTHER, ()), (What.OTHER, ())]


def test_amazons_notifications_are_read() -> None:
    mail = {"commonHeaders": {"messageId": "<k3y@charity.example>"}}
    bounce = {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bouncedRecipients": [
                {"emailAddress": "ada@school.example", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown"}
            ],
        },
        "mail": mail,
    }
    passing = json.loads(json.dumps(bounce).replace("Permanent", "Transient"))
    complained = {
        "notificationType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": "ada@school.example"}]},
        "mail": mail,
    }
    wrapped = {"Type": "Notification", "Message": json.dumps(complained)}
    arrived = {"notificationType": "Delivery", "delivery": {"recipients": ["ada@school.example"]}}
    for told, kind in ((bounce, HARD), (passing, SOFT), (complained, COMPLAINT), (wrapped, COMPLAINT), (arrived, NONE)):
        content = plain(json.dumps(told), "AWS Notification Message", "no-reply@sns.amazonaws.example")
        assert [one.kind for one in read(content).recipients] == [kind]
    assert read(plain(json.dumps(bounce), "AWS")).message_ids == ("k3y@charity.example",)


@pytest.mark.parametrize(
    ("where", "content"),
    [
        ("returned mail", notice(about("", "5.1.1"))),
        (
            "returned head",
            report(
                ("text/plain", "Undelivered."),
                ("message/delivery-status", "Reporting-MTA: dns; x\n\n" + about("", "5.1.1")),
                ("text/rfc822-headers", RETURNED.partition("\n\n")[0]),
            ),
        ),
        (
            "notice's own field",
            notice(about("", "5.1.1"), returned="Subject: none\n\n").replace(
                b"Reporting-MTA: dns; mx.example",
                b"Reporting-MTA: dns; x\nX-Original-Message-ID: <k3y@charity.example>",
            ),
        ),
        ("text", plain("<ada@school.example>: user unknown\n\n--- Returned message ---\n" + RETURNED)),
        (
            "reply",
            plain(
                "x",
                "Delivery failed",
                headers=["In-Reply-To: <k3y@charity.example>", "X-Failed-Recipients: a@b.example"],
            ),
        ),
    ],
)
def test_the_message_id_of_the_mail_that_came_back_is_found_in_the(where: str, content: bytes) -> None:
    found = read(content)
    assert found.what == What.BOUNCE, where
    assert found.message_ids == ("k3y@charity.example",), where


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To", "X-Envelope-To"])
def test_all_addresses_that_it_came_to_are_told(header: str) -> None:
    content = plain("x", headers=[f"{header}: b-mark@charity.example"])
    assert set(read(content).delivered_to) == {VERP, "b-mark@charity.example"}


@pytest.mark.parametrize(
    ("subject", "headers", "text"),
    [
        ("Out of office: Re: This week", (), "I am away until Monday."),
        ("Automatic reply: This week", ("Auto-Submitted: auto-replied",), "I no longer work here."),
        ("Re: This week", ("Auto-Submitted: auto-replied (vacation)",), "Back on Monday."),
        ("Re: This week", ("X-Autoreply: yes",), "Back on Monday."),
        ("Autoreply", ("Precedence: auto_reply",), "Thank you for your mail."),
        ("Re: This week", ("X-Auto-Response-Suppress: All",), "I am away; mail ben@school.example instead."),
        ("Abwesenheitsnotiz", (), "Ich bin nicht da."),
        ("Please confirm", (), "Please click here to confirm that you are a human sender: https://x.example/1"),
        ("Re: This week", (), "Spam Arrest: reply so that your message reaches ada@school.example."),
    ],
)
def test_who_is_away_is_no_bounce(subject: str, headers: tuple[str, ...], text: str) -> None:
    found = read(plain(text, subject, "Ada <ada@school.example>", headers))
    assert found.what == What.AUTO_REPLY
    assert all(one.kind == NONE for one in found.recipients)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: This week", "Thank you, that was useful. My colleague bea@school.example would like it too."),
        ("Re: This week", "> The following address failed:\n> <ada@school.example>: 550 user unknown\n\nIs that mine?"),
        ("A question", "What is this?\n\nFinal-Recipient: rfc822; ada@school.example\nAction: failed\nStatus: 5.1.1"),
        ("The delivery of the chairs", "Could the chairs be delivered on Monday? Ask cy@school.example."),
        ("Invoice 1234", "Payment failed for ada@school.example, account closed."),
        ("Returned library books", "Five books were returned to us by bea@school.example."),
        ("", ""),
    ],
)
def test_what_people_write_is_no_bounce(subject: str, text: str) -> None:
    found = read(plain(text, subject, "Ada <ada@school.example>"))
    assert (found.what, found.recipients) == (What.OTHER, ())


def test_our_own_newsletter_is_nothing() -> None:
    text = (
        "This week\n\nMailbox full? How schools cope with over quota inboxes.\n\nUnsubscribe: https://charity.example/u"
    )
    found = read(plain(text, "This week: user unknown no more", "Charity <news@charity.example>"))
    assert (found.what, found.recipients) == (What.OTHER, ())


@given(st.binary(max_size=2_000))
def test_any_bytes_can_be_read(content: bytes) -> None:
    read(content)


#: what messages are made of, in any order
PIECES = st.sampled_from(
    [
        b"From: MAILER-DAEMON@mx.example\n",
        b"Subject: Undeliverable\n",
        b"Subject: =?utf-8?q?=ff?= =?x?b?!?=\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/plain; charset=utf-16\n",
        b"Content-Type: text/html; charset=none\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"\n--b\n",
        b"\n--b--\n",
        b"\n\n",
        b"Final-Recipient: rfc822; ada@school.example\n",
        b"Action: failed\nStatus: 5.1.1\n",
        b"<bea@school.example>: 550 user unknown\n",
        b"X-Failed-Recipients: cy@school.example\n",
        b'To: "a b"@c.example, <d@e.example>\n',
        b"--- Below this line is a copy of the message.\n",
        b"Feedback-Type: abuse\n",
        b"\x00\xff\x1b$B\r\r\n",
        b'{"notificationType": "Bounce", "bounce": {"bouncedRecipients": [{}]}}',
    ]
)


@given(st.lists(PIECES | st.binary(max_size=20), max_size=25))
def test_no_address_is_told_that_is_not_in_the_message(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    text = (
        content.replace(b"\0", b"").decode("latin-1").lower()
        + content.replace(b"\0", b"").decode("utf8", "replace").lower()
    )
    plainly = not any(word in content for word in (b"base64", b"quoted-printable", b"utf-16", b"\x1b"))
    for address in (*(one.address for one in read(content).recipients), *read(content).delivered_to):
        assert "@" in address
        assert not plainly or address.lower() in text


HEAD = b"From: MAILER-DAEMON@mx.example\nTo: news@charity.example\nSubject: Undeliverable\n"
GROUP = b"Final-Recipient: rfc822; p%d@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 %d %s\n\n"
STATUS = HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nlost\n--b\n"


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"\n" + bytes(range(256)) * 50_000,
        HEAD + b"\n" + b"a" * 12_000_000,
        HEAD + b"\n" + b"a@" * 2_000_000,
        HEAD + b"\n" + b"\n" * 4_000_000,
        HEAD + b"\n" + b"user mailbox account " * 100_000,
        HEAD + b"\n" + (b"mailbox " * 120 + b"\n") * 2_000,
        HEAD + b"\n" + b"".join(b"<p%d@x.example>: 550 no\n" % number for number in range(100_000)),
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000)),
        HEAD + b"Content-Type: message/rfc822\n\n" * 50_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n550 <a@b.example>\n" * 200_000,
        HEAD + b"x: y\n" * 600_000,
        HEAD + b"X: a\n" + b" b\n" * 1_000_000,
        HEAD + b"Content-Type: multipart/mixed" + b"; a=b" * 100_000 + b"\n\n",
        HEAD + b"Content-Type: text/html\n\n" + b"<br " * 700_000,
        b"From: x@y.example\n\n" + b"i want to " * 400_000,
        b"From: " + b"a@b.c, " * 500_000 + b"\n\n",
        b'From: x@y.example\n\n{"notificationType":' + b"[" * 100_000,
        b"\0" * 5_000_000,
        STATUS
        + b"Content-Type: message/delivery-status\n\n"
        + b"".join(GROUP % (n, n, b"box " * 60) for n in range(12_000)),
    ],
    ids=range(19),
)
@pytest.mark.timeout(60)
def test_a_hostile_message_takes_a_bounded_time(content: bytes) -> None:
    # most take a tenth of a second, the worst three; what grows with the square of its size would take hours
    read(content)


def test_a_notice_of_many_thousands_is_read() -> None:
    body = b"".join(GROUP % (number, 550, b"unknown") for number in range(10_000))
    found = read(STATUS + b"Content-Type: message/delivery-status\n\n" + body).recipients
    assert len(found) == 10_000
    assert {one.kind for one in found} == {HARD}


def test_broken_charsets_and_zeros_hide_nothing() -> None:
    text = b"Content-Type: text/plain; charset=klingon\n\n<ada@school.example>: 550 5.1.1 user unkn\0own \xff\xfe\n"
    assert kinds(HEAD + text) == [("ada@school.example", "hard", "5.1.1")]


def test_words_in_base64_and_html_are_read() -> None:
    import base64

    html = "<p>Your message to <b>ada@school.example</b> could not be delivered: mailbox full</p>"
    coded = base64.encodebytes(html.encode()).decode()
    content = HEAD + f"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n{coded}".encode()
    assert kinds(content) == [("ada@school.example", "soft", "")]
