"""What providers tell, over HTTP."""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest
from starlette.testclient import TestClient

from digest.app import check, hooks
from digest.domain.errors import FetchError
from digest.domain.model import SubscriptionState
from digest.feedback.hooks.telling import Request
from digest.net.fetch import Fetched
from digest.web.bounds import MOST_TOLD
from digest.web.public.site import site
from tests.conftest import Clock
from tests.feedback import providers
from tests.feedback.providers import CERTIFICATE, PROVIDERS, SECRETS, SNS, TOPIC
from tests.jobs.conftest import CONFIGURATION
from tests.web.conftest import Place

ADA, BO = "ada@example.org", "bo@example.org"
HOOKS = "".join(f'[[hooks]]\nid = "at-{name}"\nprovider = "{name}"\n' for name in PROVIDERS if name != "ses")
HOOKS += f'[[hooks]]\nid = "at-ses"\nprovider = "ses"\ntopic = "{TOPIC}"\n'
MARKED = "do-not-log"


class Amazon:
    """The web, in which Amazon's certificate lies."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ends_at = ""
        self.is_there = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def fetch(self, address: str) -> Fetched:
        self.asked.append(address)
        if not self.is_there:
            raise FetchError("It is not there.")
        return Fetched(content=providers.valid_certificate(), address=self.ends_at or address)


class Hooked(Place):
    """Readers' pages where providers tell what became of the mail."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.bench.configure(CONFIGURATION + HOOKS)
        self.app = self.bench.app
        self.amazon = Amazon()
        self.app.web = lambda: self.amazon  # type: ignore[method-assign, assignment, return-value]

    def signed(self, name: str, told: Any, **others: Any) -> Request:
        return PROVIDERS[name].sign(told, self.clock(), **others)

    def tell(self, name: str, request: Request, **headers: str) -> httpx2.Response:
        return self.client.post(f"/hooks/at-{name}", content=request.body, headers={**request.headers, **headers})


@pytest.fixture
def hooked(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooked]:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(f"DIGEST_HOOK_SECRET_AT_{name.upper()}", secret)
    made = Hooked(tmp_path, clock)
    with site(made.app, lambda: None) as web:
        made.client = TestClient(web, base_url="https://digest.example.org", follow_redirects=False)
        yield made


@pytest.mark.parametrize("name", list(PROVIDERS))
@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("hard", SubscriptionState.BOUNCED),
        ("full", SubscriptionState.ACTIVE),
        ("complaint", SubscriptionState.COMPLAINED),
        ("left", SubscriptionState.UNSUBSCRIBED),
        ("nothing", SubscriptionState.ACTIVE),
    ],
)
def test_what_a_provider_tells_counts(hooked: Hooked, name: str, event: str, state: SubscriptionState) -> None:
    made = getattr(PROVIDERS[name], event)
    answer = hooked.tell(name, hooked.signed(name, made(ADA, "e1", "") if callable(made) else made))
    assert (answer.status_code, answer.content) == (200, b"")
    assert hooked.state(ADA) == state
    assert hooked.state(BO) == SubscriptionState.ACTIVE


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_the_signature_counts_and_not_what_kind_of_body_it_says_it_is(hooked: Hooked, name: str) -> None:
    request = hooked.signed(name, PROVIDERS[name].hard(ADA, "e1", ""))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert hooked.tell(name, request, **{"content-type": kind}).status_code == 200
    assert hooked.state(ADA) == SubscriptionState.BOUNCED


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_what_another_signed_is_refused_and_counts_for_nobody(hooked: Hooked, name: str) -> None:
    before = hooked.everything()
    other = next(one for one in PROVIDERS if one != name)
    told = PROVIDERS[name].hard(ADA, "e1", "")
    answer = hooked.tell(name, replace(hooked.signed(other, told), body=json.dumps(told).encode()))
    assert (answer.status_code, answer.content) == (401, b"")
    assert hooked.everything() == before


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_the_same_request_again_counts_no_more(hooked: Hooked, name: str) -> None:
    request = hooked.signed(name, PROVIDERS[name].full(ADA, "e1", ""))
    first = hooked.tell(name, request), hooked.everything()["feedback"]
    for _ in range(6):
        hooked.clock.forward(seconds=40)
        assert hooked.tell(name, request).status_code == 200
    assert hooked.everything()["feedback"] == first[1]
    assert len(first[1]) == 1


@pytest.mark.parametrize("name", ["standard", "mailgun", "sendgrid", "ses"])
def test_a_request_that_somebody_kept_is_refused(hooked: Hooked, name: str) -> None:
    request = hooked.signed(name, PROVIDERS[name].hard(ADA, "e1", ""))
    hooked.clock.forward(hours=2)
    assert hooked.tell(name, request).status_code == 401
    assert hooked.state(ADA) == SubscriptionState.ACTIVE


def test_a_signature_of_mailgun_is_for_one_request(hooked: Hooked) -> None:
    mailgun = PROVIDERS["mailgun"]
    assert hooked.tell("mailgun", hooked.signed("mailgun", mailgun.nothing)).status_code == 200
    assert hooked.tell("mailgun", hooked.signed("mailgun", mailgun.hard(ADA, "e1", ""))).status_code == 401
    assert hooked.state(ADA) == SubscriptionState.ACTIVE
    assert hooked.tell("mailgun", hooked.signed("mailgun", mailgun.hard(ADA, "e1", ""), token="u")).status_code == 200
    assert hooked.state(ADA) == SubscriptionState.BOUNCED


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 500_000, b'{"signature":' * 50_000, b"\xff\xfe", b"9" * 50_000])
@pytest.mark.parametrize("name", ["mailgun", "ses", "postmark"])
def test_what_is_no_json_is_said_so(hooked: Hooked, name: str, body: bytes) -> None:
    headers = hooked.signed(name, {}).headers
    assert hooked.tell(name, Request(headers=headers, body=body)).status_code == 400


def test_a_batch_may_be_longer_than_a_form_and_has_its_bound(hooked: Hooked) -> None:
    event = {"event": "spamreport", "x": "y" * 600}
    many = [event | {"email": f"p{n}@example.org", "sg_event_id": f"{n}"} for n in range(999)]
    many.append({"event": "spamreport", "email": ADA, "sg_event_id": "last"})
    assert hooked.tell("sendgrid", hooked.signed("sendgrid", many)).status_code == 200
    assert hooked.state(ADA) == SubscriptionState.COMPLAINED
    assert hooked.client.post("/hooks/at-sendgrid", content=b"x" * (MOST_TOLD + 1)).status_code == 413
    for path in ("/hooks/other", "/subscribe/news"):
        assert hooked.client.post(path, content=b"x" * 70_000).status_code == 413


@pytest.mark.parametrize("path", ["/hooks/other", "/hooks/", "/hooks", "/hooks/at-ses/x", "/hooks/AT-SES"])
def test_what_is_no_hook_is_nowhere(hooked: Hooked, path: str) -> None:
    assert hooked.client.post(path, content=b"{}").status_code == 404


def test_nobody_looks_at_a_hook(hooked: Hooked) -> None:
    answer = hooked.client.get("/hooks/at-ses")
    assert (answer.status_code, answer.content) == (404, hooked.client.get("/hooks/other").content)


@pytest.mark.parametrize("name", list(SECRETS))
def test_without_a_secret_nothing_is_taken_and_check_says_so(
    hooked: Hooked, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"DIGEST_HOOK_SECRET_AT_{name.upper()}"
    assert list(hooks.findings(hooked.app.loaded)) == []
    monkeypatch.delenv(variable)
    assert hooked.tell(name, hooked.signed(name, PROVIDERS[name].hard(ADA, "e1", ""))).status_code == 503
    assert hooked.state(ADA) == SubscriptionState.ACTIVE
    [found] = hooks.findings(hooked.app.loaded)
    assert variable in found.mend


@pytest.mark.parametrize("name", ["standard", "sendgrid"])
def test_check_says_of_a_secret_that_it_cannot_be_one(
    hooked: Hooked, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DIGEST_HOOK_SECRET_AT_{name.upper()}", "whsec_é")
    [found] = hooks.findings(hooked.app.loaded)
    assert "é" not in f"{found}"
    assert hooked.tell(name, hooked.signed(name, PROVIDERS[name].hard(ADA, "e1", ""))).status_code == 401


def test_a_secret_may_lie_in_a_file(hooked: Hooked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DIGEST_HOOK_SECRET_AT_MAILGUN")
    (tmp_path / "secret").write_text(SECRETS["mailgun"] + "\n")
    monkeypatch.setenv("DIGEST_HOOK_SECRET_AT_MAILGUN_FILE", str(tmp_path / "secret"))
    assert hooked.tell("mailgun", hooked.signed("mailgun", PROVIDERS["mailgun"].hard(ADA, "e1", ""))).status_code == 200
    monkeypatch.setenv("DIGEST_HOOK_SECRET_AT_MAILGUN_FILE", str(tmp_path / "none"))
    assert hooked.tell("mailgun", hooked.signed("mailgun", PROVIDERS["mailgun"].hard(ADA, "e1", ""))).status_code == 503


def test_amazons_certificate_is_asked_for_once(hooked: Hooked) -> None:
    for number in range(3):
        hooked.tell("ses", hooked.signed("ses", PROVIDERS["ses"].full(ADA, f"{number}", "")))
    assert hooked.amazon.asked == [CERTIFICATE]


def test_a_certificate_that_does_not_come_is_asked_for_again(hooked: Hooked) -> None:
    request = hooked.signed("ses", PROVIDERS["ses"].hard(ADA, "1", ""))
    hooked.amazon.is_there = False
    assert hooked.tell("ses", request).status_code == 503
    hooked.amazon.is_there, hooked.amazon.ends_at = True, "https://evil.example/x.pem"
    assert hooked.tell("ses", request).status_code == 503
    hooked.amazon.ends_at = ""
    assert hooked.tell("ses", request).status_code == 200
    assert hooked.state(ADA) == SubscriptionState.BOUNCED


def test_nobody_makes_us_ask_for_certificates_without_end(hooked: Hooked) -> None:
    hooked.amazon.is_there = False
    told = json.loads(hooked.signed("ses", PROVIDERS["ses"].hard(ADA, "1", "")).body)
    for number in range(60):
        address = f"{SNS}/SimpleNotificationService-{number:032x}.pem"
        hooked.tell("ses", Request(headers={}, body=json.dumps(told | {"SigningCertURL": address}).encode()))
    assert len(hooked.amazon.asked) == 20


def confirmation(hooked: Hooked, address: str, topic: str = TOPIC) -> Request:
    return providers.sns(
        {
            "Type": "SubscriptionConfirmation",
            "MessageId": "1",
            "TopicArn": topic,
            "Message": "You have chosen to subscribe",
            "SubscribeURL": address,
            "Token": "t",
            "Timestamp": hooked.clock().isoformat().replace("+00:00", "Z"),
        }
    )


def test_our_own_topic_is_confirmed(hooked: Hooked) -> None:
    address = f"{SNS}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
    assert hooked.tell("ses", confirmation(hooked, address)).status_code == 200
    assert hooked.amazon.asked == [CERTIFICATE, address]


@pytest.mark.parametrize(
    ("address", "topic", "asked", "status"),
    [
        (f"{SNS}/?x", TOPIC.replace("bounces", "theirs"), 0, 401),
        ("https://evil.example/?x", TOPIC, 1, 200),
        ("http://169.254.169.254/", TOPIC, 1, 200),
        (f"{SNS}@evil.example/", TOPIC, 1, 200),
        (f"{SNS}.evil.example/", TOPIC, 1, 200),
    ],
)
def test_no_other_address_is_visited_and_no_other_topic_confirmed(
    hooked: Hooked, address: str, topic: str, asked: int, status: int
) -> None:
    assert hooked.tell("ses", confirmation(hooked, address, topic)).status_code == status
    assert hooked.amazon.asked == [CERTIFICATE][:asked]


def test_a_confirmation_that_nobody_signed_is_not_visited(hooked: Hooked) -> None:
    request = confirmation(hooked, f"{SNS}/?x")
    forged = replace(request, body=request.body.replace(b"/?x", b"/?y"))
    assert hooked.tell("ses", forged).status_code == 401
    assert hooked.amazon.asked == [CERTIFICATE]


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_nothing_of_what_is_told_is_logged(hooked: Hooked, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made: Callable[..., Any] = PROVIDERS[name].hard
    hooked.tell(name, hooked.signed(name, made(f"{MARKED}@example.org", "e1", "")))
    hooked.tell(name, Request(headers={}, body=json.dumps(made(f"{MARKED}@example.org", "e1", "")).encode()))
    hooked.tell(name, Request(headers={}, body=b'{"' + MARKED.encode()))
    gc.collect()
    assert MARKED not in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS.values())


def test_check_looks_at_hooks(hooked: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_HOOK_SECRET_AT_MAILGUN")
    folder = hooked.bench.folder
    (folder / "digest.toml").write_text(CONFIGURATION + HOOKS)
    assert "check.hook" in {one.code for one in check.check(folder)}
