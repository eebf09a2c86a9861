"""What an email in a language that the lint does not know is not told."""

from __future__ import annotations

from digest.stages.review.lint import lint, lint_message
from tests.emails import email


def test_a_way_out_in_any_language_is_known_by_the_messages_own_header() -> None:
    arabic = email("arabic", 12, look="plain", pictures=True)
    assert lint_message(arabic.message()) == ()
    # the parts alone do not say where it leads
    assert {one.code for one in lint(*arabic.parts())} == {"lint.links.unsubscribe", "lint.text.unsubscribe"}


def test_a_header_that_leads_elsewhere_than_the_links_is_no_way_out() -> None:
    message = email("arabic", 12).message()
    address = message[message.index(b"List-Unsubscribe: <") :].partition(b"<")[2].partition(b">")[0]
    found = lint_message(
        message.replace(b"List-Unsubscribe: <" + address, b"List-Unsubscribe: <https://x.example.org/u")
    )
    assert {"lint.links.unsubscribe", "lint.text.unsubscribe"} <= {one.code for one in found}
