"""Who asks to leave, and who does not."""

from __future__ import annotations

import pytest

from digest.domain.model import FeedbackKind, What
from digest.feedback.report import read
from tests.feedback.messages import reply

QUOTED = (
    "\n\nOn Mon, 2 Nov 2026 at 08:00, Charity <news@charity.example> wrote:\n"
    "> If you want to unsubscribe, click here.\n"
)


@pytest.mark.parametrize(
    "text",
    [
        "unsubscribe",
        "Unsubscribe please",
        "UNSUBSCRIBE ME!!",
        "Please unsubscribe me.",
        "Please remove me",
        "please remove me from your mailing list",
        "Hi,\n\nPlease remove my email address from this list.\n\nThanks\nAda",
        "Dear all,\nCould you take me off this list please?",
        "Can you take me off your distribution list. Many thanks",
        "Take me off the newsletter, thanks.",
        "I would like to unsubscribe from these emails.",
        "I'd like to be removed from the list",
        "I want to opt out.",
        "We no longer wish to receive these emails.",
        "I don’t want to receive the newsletter any more",
        "Stop sending me emails",
        "STOP",
        "please stop emailing me",
        "How do I unsubscribe?",
        "The link does not work. Please unsubscribe me from all mailings.",
        "Kindly delete my details from your database.",
        "I have retired; please remove me and thank you for the interesting news.",
        "Please cancel my subscription.",
        "No more emails please",
        "I keep trying to unsubscribe but still get it. I can't unsubscribe.",
        "I no longer want your weekly digest.",
        "remove",
        "Opt me out, please",
        "Unsubscribe from the newsletter",
        "Dad-danysgrifio",
        "Tynnwch fi oddi ar y rhestr, os gwelwch yn dda.",
        "Thanks for the news over the years. I am moving jobs so please remove me from the list.",
    ],
)
@pytest.mark.parametrize("below", ["", QUOTED], ids=["alone", "quoting"])
def test_who_asks_to_leave_is_heard(text: str, below: str) -> None:
    found = read(reply(text + below))
    assert found.what == What.UNSUBSCRIBE
    assert [(one.address, one.kind) for one in found.recipients] == [("ada@school.example", FeedbackKind.NONE)]


@pytest.mark.parametrize(
    "text",
    [
        "I'd like to remove the item about the fair from next week's edition.",
        "Thank you, very useful!",
        "Please don't unsubscribe me, I have only changed jobs.",
        "I did not unsubscribe, yet it no longer comes. Please put me back on the list.",
        "Could you add my colleague bea@school.example to the list?",
        "Please remove Jane Smith from the list, she has left.",
        "Can you remove me from the rota for Tuesday?",
        "Take me through the changes to the policy, please.",
        "How many people unsubscribe each week?",
        "Your unsubscribe page looks lovely.",
        "Please remove the logo from the footer.",
        "What happens if I unsubscribe from one theme?",
        "I want to receive this every week, not monthly.",
        "Please stop the press: our event moved to Friday.",
        "We need to cancel our booking for the hall.",
        "I would like to be removed from the panel of judges.",
        "Stop sending paper copies to the office, the email is enough.",
        "I don't want to get wet on the walk; is it on if it rains?",
        "Could you drop me off at the station?",
        "Delete this if it is not for you.",
        "My email is ada@school.example, please keep me on the list.",
        "",
    ],
)
@pytest.mark.parametrize("below", ["", QUOTED], ids=["alone", "quoting"])
def test_who_does_not_ask_to_leave_stays(text: str, below: str) -> None:
    assert read(reply(text + below)).what == What.OTHER


@pytest.mark.parametrize(
    "below",
    [
        QUOTED,
        "\n\n> please remove me from the list\n",
        "\n\n-----Original Message-----\nFrom: Bea\nSubject: x\n\nPlease unsubscribe me\n",
        "\n\n________________________________\nFrom: Charity\nSent: Monday\n\nunsubscribe me from this list\n",
        "\n\nAm 2. November 2026 schrieb Charity:\nunsubscribe me\n",
        "\n-- \nTo unsubscribe me from this list, write to\n",
    ],
)
def test_what_is_quoted_below_is_nobodys_wish(below: str) -> None:
    assert read(reply("Lovely, thank you." + below)).what == What.OTHER


@pytest.mark.parametrize(
    ("subject", "is_wish"),
    [
        ("unsubscribe", True),
        ("Unsubscribe", True),
        ("UNSUBSCRIBE me", True),
        ("Please unsubscribe", True),
        ("remove me from this list", True),
        ("Re: How we unsubscribe people", False),
        ("Unsubscribe rates in our sector", False),
        ("stop", True),
        ("Stop press", False),
    ],
)
def test_a_mail_programs_unsubscribe_is_its_subject(subject: str, is_wish: bool) -> None:
    found = read(reply("", subject))
    assert (found.what == What.UNSUBSCRIBE) is is_wish


def test_a_wish_deep_in_a_long_letter_is_left_to_people() -> None:
    letter = "\n".join(f"Line {number} of a long letter about our school." for number in range(40))
    assert read(reply(f"{letter}\nPlease remove me from the list.")).what == What.OTHER


def test_a_wish_in_html_is_heard() -> None:
    content = (
        b"From: ada@school.example\nSubject: Re: This week\nContent-Type: text/html\n\n"
        b"<div>Please remove me<br></div><blockquote>&gt; News</blockquote>"
    )
    assert read(content).what == What.UNSUBSCRIBE


def test_a_machine_asks_for_nothing() -> None:
    found = read(
        reply("Please remove me from your list").replace(b"Subject:", b"Auto-Submitted: auto-replied\nSubject:")
    )
    assert found.what == What.AUTO_REPLY
