"""The lint on copies of the good email's text part, each with one fault put in by hand."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from digest.stages.review.lint import lint
from tests.stages.emails import good
from tests.stages.test_lint import codes, swap

Change = Callable[[str], str]


def add(words: str) -> Change:
    return lambda text: f"{text}\n{words}\n"


BROKEN: dict[str, tuple[Change, str]] = {
    "nothing": (lambda _: " \n ", "text.empty"),
    "tag": (add("Words and <strong>more</strong>"), "text.markup"),
    "comment of HTML": (add("<!-- Words"), "text.markup"),
    "style sheet": (add(".cell { color: #000; }"), "text.markup"),
    "entity": (add("Fish &amp; chips"), "text.entity"),
    "number of a letter": (add("It&#8217;s"), "text.entity"),
    "merge field": (add("Hello {{ frist_name }},"), "text.left-over"),
    "command": (add("{% endif %}"), "text.left-over"),
    "slot": (add("Hello [[digest:first_name.:0123456789abcdef]],"), "text.left-over"),
    "lorem ipsum": (add("Lorem ipsum dolor sit amet."), "text.left-over"),
    "mojibake": (add("Caf\u00c3\u00a9"), "text.letters"),
    "letter lost": (add("Caf\ufffd"), "text.letters"),
    "long line": (add("a word " * 12), "text.long-line"),
    "no way out": (swap(r"Unsubscribe:\n\S+", "", 0), "text.unsubscribe"),
    "number skipped": (swap(r"^(.*)\[2\](.*)\[2\]", r"\1[22]\2[22]"), "text.numbers"),
    "number nobody names": (swap(r"\[3\]", ""), "text.numbers"),
    "heading missing": (swap(r"What school number 3 learned", "What another learned", 0), "text.headings"),
    "stories swapped": (
        swap(
            r"(What school number 3 learned\s+on\s+the\s+ferry)(.*?)(What school number 4 learned\s+on\s+the\s+ferry)",
            r"\3\2\1",
        ),
        "text.headings",
    ),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_each_fault_of_the_text_is_found_and_no_other(name: str) -> None:
    change, expected = BROKEN[name]
    broken = change(good().text)
    assert broken != good().text
    found = lint(good().html, broken, name="spring.eml")
    assert codes(found) == expected.split(" ")
    assert all(finding.why and finding.mend for finding in found)


@pytest.mark.parametrize(
    "words",
    [
        "https://a.example.org/" + "x" * 200 + "?a=1&amp=2",
        "Write to noreen@example.org, who reads all of it although this line is a long one indeed.",
        "5 < 6 and 7 > 6, R&D; AT&T",
        "As others say [14], it works.",
    ],
)
def test_what_is_right_in_a_text_is_no_finding(words: str) -> None:
    assert lint(good().html, add(words)(good().text)) == ()


def test_a_link_to_leave_may_stand_in_its_own_line_or_say_it_itself() -> None:
    bare = re.sub(r"Unsubscribe:\n\S+", "", good().text)
    assert codes(lint(good().html, bare)) == ["text.unsubscribe"]
    assert lint(good().html, f"{bare}\nhttps://a.example.org/unsubscribe?x=1\n") == ()
    assert lint(good().html, f"{bare}\nTo leave the list: https://a.example.org/x\n") == ()


@pytest.mark.parametrize(
    ("in_html", "in_text"),
    [
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("<b>F</b>erries", "FERRIES"),
        ("Straße", "STRASSE"),
        ("Fer&shy;ries", "Ferries"),
    ],
)
def test_a_heading_is_the_same_however_it_is_written(in_html: str, in_text: str) -> None:
    title = "What school number 3 learned on the ferry"
    page = good().html.replace(f">{title}<", f">{in_html}<")
    text = re.sub(r"What school number 3\s+learned\s+on\s+the\s+ferry", in_text, good().text)
    assert "text.headings" not in codes(lint(page, text))
    assert "text.headings" in codes(lint(page, good().text))


def test_a_line_is_named() -> None:
    (found,) = lint(good().html, "{{ frist_name }}\n" + good().text, name="spring.eml")
    assert found.where == "spring.eml, text, line 1"
    assert "Did you mean “first_name”?" in found.mend
