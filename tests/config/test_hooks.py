from __future__ import annotations

import pytest

from digest.config import parse
from digest.domain.errors import ConfigurationError
from tests.jobs.conftest import CONFIGURATION

TOPIC = "arn:aws:sns:eu-west-2:123456789012:bounces"


def hook(**values: str) -> str:
    return "[[hooks]]\n" + "".join(f'{name} = "{value}"\n' for name, value in values.items())


@pytest.mark.parametrize("provider", ["standard", "mailgun", "sendgrid", "postmark"])
def test_a_hook_has_an_id_and_a_provider(provider: str) -> None:
    [one] = parse(CONFIGURATION + hook(id="ours", provider=provider)).hooks
    assert (one.id, one.provider, one.topic) == ("ours", provider, "")


@pytest.mark.parametrize("topic", [TOPIC, TOPIC.replace("arn:aws", "arn:aws-cn")])
def test_amazons_has_a_topic(topic: str) -> None:
    assert parse(CONFIGURATION + hook(id="ours", provider="ses", topic=topic)).hooks[0].topic == topic


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (hook(id="Ours", provider="mailgun"), "cannot be the id of a hook"),
        (hook(id="a/b", provider="mailgun"), "cannot be the id of a hook"),
        (hook(id="a", provider="mailgun") * 2, "id"),
        (hook(id="a", provider="mailjet"), "provider"),
        (hook(provider="mailgun"), "“id” is missing"),
        (hook(id="a", provider="mailgun", secret="s"), "no setting"),
        (hook(id="a", provider="mailgun", topic=TOPIC), "Only Amazon"),
        (hook(id="a", provider="ses"), "“topic” is missing"),
        (hook(id="a", provider="ses", topic="bounces"), "no topic"),
        (hook(id="a", provider="ses", topic="arn:aws:sns:evil.example/:123456789012:x"), "no topic"),
    ],
)
def test_each_fault_of_a_hook_has_its_line(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        parse(CONFIGURATION + text)
    found = fault.value.findings[0]
    assert words in found.what
    assert int(found.where.rpartition(":")[2]) > len(CONFIGURATION.splitlines())
