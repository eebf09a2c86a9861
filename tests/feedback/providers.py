"""Providers that tell what became of mail: what they send, signed by means of the tests' own."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.feedback.hooks.telling import Request

TOPIC = "arn:aws:sns:eu-west-2:123456789012:bounces"
SNS = "https://sns.eu-west-2.amazonaws.com"
CERTIFICATE = f"{SNS}/SimpleNotificationService-{'0a' * 16}.pem"
#: what stands before a SHA-256 or SHA-1 that is signed with RSA (RFC 8017 9.2, note 1)
_BEFORE = {
    "2": bytes.fromhex("3031300d060960864801650304020105000420"),
    "1": bytes.fromhex("3021300906052b0e03021a05000414"),
}

_CURVE = new_curve_key(SECP256R1())
SECRETS = {
    "standard": "whsec_" + base64.b64encode(b"a secret of the tests, 24").decode(),
    "mailgun": "key-0123456789",
    "sendgrid": base64.b64encode(
        _CURVE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode(),
    "postmark": "long: and hard to guess",
}


def hmac_sha256(key: bytes, octets: bytes) -> bytes:
    """RFC 2104, from its definition."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in key) + octets).digest()
    return hashlib.sha256(bytes(one ^ 0x5C for one in key) + inner).digest()


@cache
def amazons_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=2_048)


@cache
def certificate(begins: datetime, ends: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(amazons_key().public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    return made.sign(amazons_key(), SHA256()).public_bytes(Encoding.PEM)


def valid_certificate() -> bytes:
    return certificate(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


def rsa_signature(octets: bytes, version: str) -> str:
    """RSASSA-PKCS1-v1_5 (RFC 8017 8.2.1), by arithmetic."""
    numbers = amazons_key().private_numbers()
    modulus = numbers.public_numbers.n
    digest = hashlib.sha256(octets) if version == "2" else hashlib.sha1(octets)
    end = _BEFORE[version] + digest.digest()
    padded = b"\0\1" + b"\xff" * (256 - 3 - len(end)) + b"\0" + end
    return base64.b64encode(pow(int.from_bytes(padded, "big"), numbers.d, modulus).to_bytes(256, "big")).decode()


def standard(told: Any, now: datetime, event: str = "msg_1", name: str = "webhook") -> Request:
    body, seconds = json.dumps(told).encode(), str(int(now.timestamp()))
    key = base64.b64decode(SECRETS["standard"].removeprefix("whsec_"))
    signature = base64.b64encode(hmac_sha256(key, f"{event}.{seconds}.".encode() + body)).decode()
    headers = {f"{name}-id": event, f"{name}-timestamp": seconds, f"{name}-signature": f"v1,AAAA v1,{signature}"}
    return Request(headers=headers, body=body)


def mailgun(told: Any, now: datetime, token: str = "t" * 50) -> Request:
    seconds = str(int(now.timestamp()))
    signature = {
        "timestamp": seconds,
        "token": token,
        "signature": hmac_sha256(SECRETS["mailgun"].encode(), f"{seconds}{token}".encode()).hex(),
    }
    return Request(headers={}, body=json.dumps({"signature": signature, "event-data": told}).encode())


def sendgrid(told: Any, now: datetime) -> Request:
    body, seconds = json.dumps(told).encode() + b"\r\n", str(int(now.timestamp()))
    signature = base64.b64encode(_CURVE.sign(seconds.encode() + body, ECDSA(SHA256()))).decode()
    return Request(
        headers={
            "x-twilio-email-event-webhook-signature": signature,
            "x-twilio-email-event-webhook-timestamp": seconds,
        },
        body=body,
    )


def postmark(told: Any, now: datetime) -> Request:
    proof = base64.b64encode(f"anybody:{SECRETS['postmark']}".encode()).decode()
    return Request(headers={"authorization": f"Basic {proof}"}, body=json.dumps(told).encode())


def sns(told: dict[str, str], version: str = "2") -> Request:
    order = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    octets = "".join(f"{name}\n{told[name]}\n" for name in order if name in told).encode()
    signed = {
        **told,
        "SignatureVersion": version,
        "Signature": rsa_signature(octets, version),
        "SigningCertURL": CERTIFICATE,
    }
    # SNS says that it is text
    return Request(headers={"content-type": "text/plain; charset=UTF-8"}, body=json.dumps(signed).encode())


def ses(told: Any, now: datetime, version: str = "2", **others: str) -> Request:
    message = {
        "Type": "Notification",
        "MessageId": "22b80b92",
        "TopicArn": TOPIC,
        "Message": json.dumps(told),
        "Timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return sns(message | others, version)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider: how it signs, and what it says of an address and, where it can, of a Message-ID."""

    sign: Callable[..., Request]
    hard: Callable[[str, str, str], Any]
    full: Callable[[str, str, str], Any]
    complaint: Callable[[str, str, str], Any]
    left: Callable[[str, str, str], Any]
    nothing: Any
    names_mail: bool = True


def _resend(kind: str, **data: Any) -> Callable[[str, str, str], Any]:
    return lambda address, event, mail: {
        "type": kind,
        "created_at": "2026-01-05T08:00:00Z",
        "data": {"email_id": event, "to": [address], "message_id": f"<{mail}>", **deepcopy(data)},
    }


def _mailgun(event: str, **data: Any) -> Callable[[str, str, str], Any]:
    return lambda address, name, mail: {
        "event": event,
        "id": name,
        "recipient": address,
        "message": {"headers": {"message-id": mail}},
        **deepcopy(data),
    }


def _sendgrid(event: str, **data: Any) -> Callable[[str, str, str], Any]:
    return lambda address, name, mail: [
        {"event": "delivered", "email": address, "sg_event_id": f"{name}0"},
        {"event": event, "email": address, "sg_event_id": name, "smtp-id": f"<{mail}>", **deepcopy(data)},
    ]


def _ses(kind: str, **data: Any) -> Callable[[str, str, str], Any]:
    def made(address: str, name: str, mail: str) -> Any:
        people = "bouncedRecipients" if kind == "bounce" else "complainedRecipients"
        return {
            "notificationType": kind.title(),
            kind: {
                "feedbackId": name,
                people: [{"emailAddress": address, **deepcopy(data.get("person", {}))}],
                **deepcopy(data["all"]),
            },
            "mail": {"messageId": "0102", "destination": [address], "commonHeaders": {"messageId": f"<{mail}>"}},
        }

    return made


def _postmark(record: str, **data: Any) -> Callable[[str, str, str], Any]:
    return lambda address, name, mail: {
        "RecordType": record,
        "ID": name,
        "Email": address,
        "Recipient": address,
        **deepcopy(data),
    }


GONE = "550 5.1.1 no such user here"
FULL = "552 5.2.2 mailbox is full"
PROVIDERS = {
    "standard": Provider(
        sign=standard,
        hard=_resend("email.bounced", bounce={"type": "Permanent", "subType": "General", "message": GONE}),
        full=_resend("email.bounced", bounce={"type": "Transient", "subType": "MailboxFull", "message": FULL}),
        complaint=_resend("email.complained"),
        left=_resend("contact.updated", unsubscribed=True),
        nothing=_resend("email.delivered")("ada@example.org", "1", ""),
    ),
    "mailgun": Provider(
        sign=mailgun,
        hard=_mailgun("failed", severity="permanent", reason="bounce", **{"delivery-status": {"message": GONE}}),
        full=_mailgun("failed", severity="permanent", reason="bounce", **{"delivery-status": {"message": FULL}}),
        complaint=_mailgun("complained"),
        left=_mailgun("unsubscribed"),
        nothing=_mailgun("failed", severity="temporary", **{"delivery-status": {"message": GONE}})(
            "ada@example.org", "1", ""
        ),
    ),
    "sendgrid": Provider(
        sign=sendgrid,
        hard=_sendgrid("bounce", type="bounce", status="5.1.1", reason=GONE),
        full=_sendgrid("bounce", type="bounce", status="5.2.2", reason=FULL),
        complaint=_sendgrid("spamreport"),
        left=_sendgrid("group_unsubscribe"),
        nothing=_sendgrid("deferred", reason=GONE)("ada@example.org", "1", ""),
    ),
    "ses": Provider(
        sign=ses,
        hard=_ses("bounce", person={"status": "5.1.1", "diagnosticCode": GONE}, all={"bounceType": "Permanent"}),
        full=_ses("bounce", person={"status": "5.2.2"}, all={"bounceType": "Transient"}),
        complaint=_ses("complaint", all={"complaintFeedbackType": "abuse"}),
        left=lambda address, name, mail: {
            "eventType": "Subscription",
            "subscription": {"timestamp": name, "newTopicPreferences": {"unsubscribeAll": True}},
            "mail": {
                "messageId": "0102",
                "destination": [address],
                "headers": [{"name": "Message-ID", "value": f"<{mail}>"}],
            },
        },
        nothing=_ses("complaint", all={"complaintFeedbackType": "not-spam"})("ada@example.org", "1", ""),
    ),
    "postmark": Provider(
        sign=postmark,
        hard=_postmark("Bounce", Type="HardBounce", Details=GONE),
        full=_postmark("Bounce", Type="SoftBounce", Details=FULL),
        complaint=_postmark("SpamComplaint", Type="SpamComplaint"),
        left=_postmark(
            "SubscriptionChange", SuppressSending=True, SuppressionReason="ManualSuppression", Origin="Recipient"
        ),
        nothing=_postmark("Bounce", Type="AutoResponder", Details=GONE)("ada@example.org", "1", ""),
        names_mail=False,
    ),
}


def altered(request: Request, at: int) -> Request:
    """Return a request with one bit of its body changed."""
    body = bytearray(request.body)
    body[at % len(body)] ^= 1
    return replace(request, body=bytes(body))
