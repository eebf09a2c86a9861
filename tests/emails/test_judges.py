"""What filters and checkers from outside make of the emails."""

from __future__ import annotations

import os
import shutil
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.emails import LOOKS, USUAL, email
from tests.emails.judges import checker, errors, spam

KINDS = [(look, language, stories) for look in LOOKS for language, stories in (("english", USUAL), ("arabic", 3))]


@pytest.fixture
def _spamassassin() -> None:
    if shutil.which("spamassassin") is None:
        assert os.environ.get("CI") != "true", "SpamAssassin is not installed"
        pytest.skip("SpamAssassin is not installed here: how filters judge the emails is not looked at")


@pytest.fixture
def _vnu() -> None:
    if not checker():
        pytest.skip("vnu is not here (on the path, or a jar that VNU_JAR names): the HTML is not checked by it")


@pytest.mark.usefixtures("_spamassassin")
@pytest.mark.parametrize(("look", "language", "stories"), KINDS)
def test_a_spam_filter_finds_no_fault_with_a_message(look: str, language: str, stories: int) -> None:
    judged = spam(email(language, stories, look=look, pictures=True).message())
    assert judged is not None
    assert judged.passed, judged


@pytest.mark.usefixtures("_spamassassin")
def test_a_spam_filter_is_heard_where_it_finds_a_fault() -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "FREE MONEY!!!"
    message.set_content('<p style="color:#ffffff">Click here</p>', subtype="html")
    judged = spam(message.as_bytes())
    assert judged is not None
    assert not judged.passed
    assert judged.points > 2
    assert {"HTML_FONT_LOW_CONTRAST", "MIME_HTML_ONLY"} <= {rule.name for rule in judged.faults}


@pytest.mark.usefixtures("_vnu")
def test_the_html_checker_finds_nothing_that_an_email_does_not_need() -> None:
    pages = {
        f"{look} {language}": email(language, stories, look=look, pictures=True).parts()[0]
        for look, language, stories in KINDS
    }
    told = errors(pages)
    assert told is not None
    assert not [(name, error) for name, found in told.items() for error in found if not error.reason]


@pytest.mark.usefixtures("_vnu")
def test_the_html_checker_is_heard_where_a_page_is_wrong() -> None:
    told = errors({"wrong": "<!DOCTYPE html><title>x</title><p><div>y</div></p><img src=a>"})
    assert told is not None
    assert len([error for error in told["wrong"] if not error.reason]) >= 2
