from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import FeedbackKind, Report, What
from digest.feedback.hooks import mailgun, postmark, sendgrid, ses, standard
from digest.feedback.hooks.telling import MOST_AGE, MOST_EVENTS, Request
from tests.feedback import providers
from tests.feedback.providers import CERTIFICATE, FULL, PROVIDERS, SECRETS, SNS, TOPIC, altered

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
ADA = "ada@example.org"
MAIL = "0123456789abcdef0123456789abcdef@fernhill.example.org"
MODULES: dict[str, Any] = {"standard": standard, "mailgun": mailgun, "sendgrid": sendgrid, "postmark": postmark}
SIGNED = [*MODULES, "ses"]


def is_signed(name: str, request: Request, now: datetime = NOW, secret: str | None = None) -> bool:
    if name == "ses":
        told = ses.told(request, TOPIC)
        return bool(told) and ses.is_signed(told, providers.valid_certificate(), now)
    return bool(MODULES[name].is_signed(request, SECRETS[name] if secret is None else secret, now))


def reports(name: str, told: Any) -> list[Report]:
    request = PROVIDERS[name].sign(told, NOW)
    return ses.reports(ses.told(request, TOPIC)) if name == "ses" else MODULES[name].reports(request)


# Vectors that are published: by Svix with Standard Webhooks, and by SendGrid with its libraries.
STANDARD_VECTORS = [
    (
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        "1731705121",
        b'{"event_type":"ping","data":{"success":true}}',
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ),
]
SENDGRID_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eN"
    "Ec6wEA3F+g=="
)
SENDGRID_SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
SENDGRID_BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


@pytest.mark.parametrize(("secret", "event", "seconds", "body", "signature"), STANDARD_VECTORS)
@pytest.mark.parametrize("name", ["webhook", "svix"])
def test_the_published_signature_of_standard_webhooks_counts(
    secret: str, event: str, seconds: str, body: bytes, signature: str, name: str
) -> None:
    headers = {f"{name}-id": event, f"{name}-timestamp": seconds, f"{name}-signature": signature}
    now = datetime.fromtimestamp(int(seconds), UTC)
    assert standard.is_signed(Request(headers=headers, body=body), secret, now)
    assert not standard.is_signed(Request(headers=headers, body=body + b" "), secret, now)


def test_the_published_signature_of_sendgrid_counts_and_says_who_bounced() -> None:
    headers = {
        "x-twilio-email-event-webhook-signature": SENDGRID_SIGNATURE,
        "x-twilio-email-event-webhook-timestamp": "1600112502",
    }
    now = datetime.fromtimestamp(1_600_112_502, UTC)
    request = Request(headers=headers, body=SENDGRID_BODY)
    assert sendgrid.is_signed(request, SENDGRID_KEY, now)
    assert not sendgrid.is_signed(replace(request, body=SENDGRID_BODY[:-2]), SENDGRID_KEY, now)
    [report] = sendgrid.reports(request)
    assert [(one.address, one.kind) for one in report.recipients] == [("hello@world.com", FeedbackKind.HARD)]
    assert report.message_ids == ("LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net",)


@pytest.mark.parametrize("name", SIGNED)
def test_what_a_provider_signed_counts(name: str) -> None:
    assert is_signed(name, PROVIDERS[name].sign(PROVIDERS[name].hard(ADA, "1", MAIL), NOW))


@pytest.mark.parametrize("version", ["1", "2"])
def test_amazon_signs_in_two_ways_and_with_a_subject(version: str) -> None:
    told = PROVIDERS["ses"].hard(ADA, "1", MAIL)
    assert is_signed("ses", providers.ses(told, NOW, version))
    assert is_signed("ses", providers.ses(told, NOW, version, Subject="Amazon SES"))
    other = providers.ses(told, NOW, version).body.replace(
        f'"SignatureVersion": "{version}"'.encode(), b'"SignatureVersion": "3"'
    )
    assert not is_signed("ses", Request(headers={}, body=other))


@pytest.mark.parametrize("name", ["standard", "sendgrid", "ses"])
@given(at=st.integers(0, 100_000))
def test_a_body_with_one_bit_changed_is_not_what_was_signed(name: str, at: int) -> None:
    request = altered(_hard(name), at)
    try:
        assert not is_signed(name, request) or (name == "ses" and _says_the_same(request, _hard(name)))
    except ValueError:
        assert name == "ses"


def test_what_mailgun_signed_is_refused_with_one_bit_changed() -> None:
    told = json.loads(_hard("mailgun").body)
    for field in ("timestamp", "token", "signature"):
        value = told["signature"][field]
        for at in range(len(value)):
            changed = value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
            forged = {**told, "signature": {**told["signature"], field: changed}}
            assert not is_signed("mailgun", Request(headers={}, body=json.dumps(forged).encode())), (field, at)


@pytest.mark.parametrize("name", ["standard", "sendgrid", "postmark"])
def test_headers_with_one_bit_changed_prove_nothing(name: str) -> None:
    request = _hard(name)
    for header, value in request.headers.items():
        for at in range(len(value)):
            changed = value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
            forged = replace(request, headers={**request.headers, header: changed})
            assert not is_signed(name, forged) or _is_harmless(name, header, value, at), (header, at)


def _hard(name: str) -> Request:
    if name not in _REQUESTS:
        _REQUESTS[name] = PROVIDERS[name].sign(PROVIDERS[name].hard(ADA, "1", MAIL), NOW)
    return _REQUESTS[name]


_REQUESTS: dict[str, Request] = {}


def _says_the_same(one: Request, other: Request) -> bool:
    """Of SNS's own JSON only what it names is signed."""
    told = [json.loads(each.body) for each in (one, other)]
    names = ("Type", "MessageId", "TopicArn", "Message", "Timestamp", "Signature")
    return bool([told[0].get(name) for name in names] == [told[1].get(name) for name in names])


def _is_harmless(name: str, header: str, value: str, at: int) -> bool:
    """What proves nothing may be anything: another signature of the same request, and a user's name."""
    if name == "standard":
        return header.endswith("signature") and at <= value.index(" ")
    if name == "sendgrid":
        # not all bits of the last letter are part of the octets
        return header.endswith("signature") and at >= len(value.rstrip("=")) - 1
    return name == "postmark" and len("Basic ") <= at < len("Basic ") + len(base64.b64encode(b"anybody:"))


@pytest.mark.parametrize("name", ["standard", "mailgun", "sendgrid"])
@pytest.mark.parametrize(
    ("late", "counts"),
    [
        (timedelta(0), True),
        (MOST_AGE, True),
        (-MOST_AGE, True),
        (MOST_AGE + timedelta(seconds=1), False),
        (-MOST_AGE - timedelta(seconds=1), False),
        (timedelta(days=400), False),
    ],
)
def test_what_was_signed_long_ago_or_ahead_is_refused(name: str, late: timedelta, counts: bool) -> None:
    assert is_signed(name, _hard(name), NOW + late) == counts


@pytest.mark.parametrize(("late", "counts"), [(timedelta(minutes=59), True), (timedelta(minutes=61), False)])
def test_amazons_messages_are_delivered_for_an_hour(late: timedelta, counts: bool) -> None:
    assert is_signed("ses", _hard("ses"), NOW + late) == counts


@pytest.mark.parametrize("written", ["", "now", "1e9", "-5", "٣٣٣", "9" * 400, "1767600000 ", "0x10"])
def test_a_time_that_is_none_is_refused(written: str) -> None:
    headers = {**_hard("standard").headers, "webhook-timestamp": written}
    assert not is_signed("standard", replace(_hard("standard"), headers=headers))


@pytest.mark.parametrize("name", list(MODULES))
@pytest.mark.parametrize("secret", ["", "whsec_", "another", "whsec_YW5vdGhlcg==", "é", "A" * 4_000])
def test_another_secret_or_none_proves_nothing(name: str, secret: str) -> None:
    assert not is_signed(name, _hard(name), secret=secret)


def test_without_headers_nothing_is_proven() -> None:
    for name in ("standard", "sendgrid", "postmark"):
        assert not is_signed(name, replace(_hard(name), headers={}))


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Basic",
        "Basic \xff",
        "Basic " + base64.b64encode(b"long").decode(),
        "Bearer " + base64.b64encode(f"a:{SECRETS['postmark']}".encode()).decode(),
        "Basic " + base64.b64encode(SECRETS["postmark"].encode()).decode(),
    ],
)
def test_a_password_is_the_whole_one_by_http_basic(written: str) -> None:
    assert not is_signed("postmark", replace(_hard("postmark"), headers={"authorization": written}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("SigningCertURL", CERTIFICATE.replace("https", "http")),
        ("SigningCertURL", CERTIFICATE.replace("eu-west-2", "us-east-1")),
        ("SigningCertURL", CERTIFICATE.replace("amazonaws.com", "amazonaws.com.evil.example")),
        ("SigningCertURL", CERTIFICATE.replace("https://", "https://user@")),
        ("SigningCertURL", CERTIFICATE.replace("amazonaws.com", "amazonaws.com:8443")),
        ("SigningCertURL", f"{SNS}/anything.pem"),
        ("SigningCertURL", f"{CERTIFICATE}?x=1"),
        ("SigningCertURL", f"{SNS}/a/../SimpleNotificationService-{'0a' * 16}.pem"),
        ("SigningCertURL", "https://[::1"),
        ("SigningCertURL", 7),
        ("TopicArn", TOPIC + "s"),
        ("TopicArn", None),
        ("Type", "Anything"),
        ("Type", ["Notification"]),
    ],
)
def test_a_certificate_and_a_topic_of_somebody_else_prove_nothing(field: str, value: object) -> None:
    told = json.loads(_hard("ses").body) | {field: value}
    assert ses.told(Request(headers={}, body=json.dumps(told).encode()), TOPIC) == {}


def test_the_certificate_lies_at_the_host_of_the_topics_region() -> None:
    assert ses.host(TOPIC) == "sns.eu-west-2.amazonaws.com"
    assert ses.host("arn:aws-cn:sns:cn-north-1:123456789012:x") == "sns.cn-north-1.amazonaws.com.cn"


@pytest.mark.parametrize("at", ["before", "after", "none", "curve"])
def test_a_certificate_that_is_not_valid_now_proves_nothing(at: str) -> None:
    day = timedelta(days=1)
    found = {
        "before": providers.certificate(NOW + day, NOW + 2 * day),
        "after": providers.certificate(NOW - 2 * day, NOW - day),
        "none": b"<html>",
        "curve": b"",
    }[at]
    assert not ses.is_signed(ses.told(_hard("ses"), TOPIC), found, NOW)


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize(
    ("event", "what", "kind", "status"),
    [
        ("hard", What.BOUNCE, FeedbackKind.HARD, "5.1.1"),
        ("full", What.BOUNCE, FeedbackKind.SOFT, "5.2.2"),
        ("complaint", What.COMPLAINT, FeedbackKind.COMPLAINT, ""),
        ("left", What.UNSUBSCRIBE, FeedbackKind.NONE, ""),
    ],
)
def test_each_provider_says_the_same_in_its_own_way(
    name: str, event: str, what: What, kind: FeedbackKind, status: str
) -> None:
    made: Callable[[str, str, str], Any] = getattr(PROVIDERS[name], event)
    [report] = reports(name, made(ADA, "1", MAIL))
    assert report.what == what
    assert [(one.address, one.kind, one.status) for one in report.recipients] == [(ADA, kind, status)]
    assert report.message_ids == ((MAIL,) if PROVIDERS[name].names_mail else ())


@pytest.mark.parametrize("name", SIGNED)
def test_what_is_no_bounce_complaint_or_wish_to_leave_says_nothing(name: str) -> None:
    assert reports(name, PROVIDERS[name].nothing) == []


@pytest.mark.parametrize("name", ["mailgun", "sendgrid", "ses", "postmark"])
def test_the_same_event_is_the_same_report_and_another_another(name: str) -> None:
    [first], [again], [other] = (reports(name, PROVIDERS[name].hard(ADA, one, MAIL)) for one in "112")
    assert first.hash == again.hash != other.hash


def test_an_event_of_standard_webhooks_is_known_by_the_id_that_is_signed() -> None:
    told = PROVIDERS["standard"].hard(ADA, "1", MAIL)
    [first], [again], [other] = (standard.reports(providers.standard(told, NOW, one)) for one in ("m1", "m1", "m2"))
    assert first.hash == again.hash != other.hash


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Ada@Example.org", "Ada@Example.org"),
        (" ada@example.org\n", ADA),
        ("Ada <ada@example.org>", ADA),
        # not somebody else's, whose address differs by a mark
        ("*ada@example.org", "*ada@example.org"),
        (".ada@example.org", ".ada@example.org"),
        ("a" * 2_000 + "@example.org", None),
    ],
)
def test_an_address_is_the_whole_of_what_is_told(written: str, address: str | None) -> None:
    [report] = reports("sendgrid", [{"event": "spamreport", "email": written}])
    assert [one.address for one in report.recipients] == ([] if address is None else [address])


SAYINGS = [
    ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "Suppressed"}}, "hard"),
    ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Undetermined"}}, "soft"),
    ("ses", {"eventType": "DeliveryDelay", "deliveryDelay": {"delayType": "MailboxFull"}}, ""),
    ("ses", {"eventType": "Complaint", "complaint": {"complaintFeedbackType": "auth-failure"}}, ""),
    ("ses", {"eventType": "Complaint", "complaint": {}}, "complaint"),
    (
        "standard",
        {"type": "email.bounced", "data": {"bounce": {"type": "Permanent", "message": FULL}}},
        "soft",
    ),
    ("standard", {"type": "contact.updated", "data": {"unsubscribed": False}}, ""),
    ("standard", {"type": "email.opened", "data": {}}, ""),
    ("sendgrid", [{"event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "550 5.7.1 spam"}], "soft"),
    ("sendgrid", [{"event": "bounce", "type": "bounce", "reason": "500 no"}], "hard"),
    ("sendgrid", [{"event": "dropped", "reason": "Spam Reporting Address"}], "complaint"),
    ("sendgrid", [{"event": "dropped", "reason": "Unsubscribed Address"}], "none"),
    ("sendgrid", [{"event": "dropped", "reason": "Recipient List over Package Quota"}], ""),
    ("mailgun", {"event": "failed", "severity": "permanent", "reason": "suppress-bounce"}, "hard"),
    ("mailgun", {"event": "failed", "severity": "permanent", "reason": "suppress-complaint"}, "complaint"),
    ("mailgun", {"event": "failed", "severity": "permanent", "reason": "old"}, "soft"),
    ("mailgun", {"event": "rejected"}, ""),
    ("mailgun", {"event": "opened"}, ""),
    ("postmark", {"RecordType": "Bounce", "Type": "HardBounce"}, "hard"),
    ("postmark", {"RecordType": "Bounce", "Type": "HardBounce", "Details": "552 5.2.2 mailbox full"}, "soft"),
    ("postmark", {"RecordType": "Bounce", "Type": "Transient"}, ""),
    ("postmark", {"RecordType": "Bounce", "Type": "Unsubscribe"}, "none"),
    ("postmark", {"RecordType": "SubscriptionChange", "SuppressSending": False, "Origin": "Recipient"}, ""),
    ("postmark", {"RecordType": "Open"}, ""),
]


@pytest.mark.parametrize(("name", "told", "kind"), SAYINGS, ids=[str(number) for number in range(len(SAYINGS))])
def test_what_providers_call_it_is_told_apart(name: str, told: Any, kind: str) -> None:
    told = _about_ada(name, told)
    assert [one.recipients[0].kind for one in reports(name, told)] == ([kind] if kind else [])


def _about_ada(name: str, told: Any) -> Any:
    if name == "ses":
        people = {"bouncedRecipients": [{"emailAddress": ADA}], "complainedRecipients": [{"emailAddress": ADA}]}
        return {key: {**value, **people} if isinstance(value, dict) else value for key, value in told.items()}
    if name == "standard":
        return {**told, "data": {**told["data"], "to": [ADA], "email": ADA}}
    key = {"sendgrid": "email", "mailgun": "recipient", "postmark": "Email"}[name]
    return [{**told[0], key: ADA}] if isinstance(told, list) else {**told, key: ADA}


def test_a_batch_is_read_up_to_a_thousand_events() -> None:
    many = [
        {"event": "spamreport", "email": f"p{number}@example.org", "sg_event_id": str(number)}
        for number in range(1_500)
    ]
    assert len(reports("sendgrid", many)) == MOST_EVENTS


BAD = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"9" * 100_000,
    b"a=1&b=2",
    b"--x\r\nContent-Disposition: form-data\r\n",
    b"null{}",
]


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("body", BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_is_no_json_is_said_so(name: str, body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        ses.told(Request(headers={}, body=body), TOPIC) if name == "ses" else MODULES[name].reports(
            Request(headers={}, body=body)
        )


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\ud800@x.org", ADA]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*"ab", "type", "data", "email", "event"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(told=ANYTHING, data=st.data())
def test_json_of_any_shape_at_any_place_breaks_nothing(told: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SIGNED))
    event = data.draw(st.sampled_from(["hard", "full", "complaint", "left"]))
    whole = getattr(PROVIDERS[name], event)(ADA, "1", MAIL)
    _put(whole, data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4)), told)
    request = Request(headers={}, body=json.dumps({"event-data": whole} if name == "mailgun" else whole).encode())
    found = list(ses._reports(whole)) if name == "ses" else MODULES[name].reports(request)
    assert all(len(report.recipients) <= 1 and len(report.hash) == 64 for report in found)


def _put(whole: Any, path: list[int], told: Any) -> None:
    """Put something in the place of a part."""
    for number, step in enumerate(path):
        keys = list(whole) if isinstance(whole, dict) else list(range(len(whole))) if isinstance(whole, list) else []
        if not keys:
            return
        key = keys[step % len(keys)]
        if number == len(path) - 1 or not isinstance(whole[key], dict | list):
            whole[key] = told
            return
        whole = whole[key]
