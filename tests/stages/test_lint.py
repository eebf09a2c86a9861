"""The lint on the good email, and on copies of its HTML of which each has one fault put in by hand."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from digest.domain.model import Finding, Severity
from digest.stages.review.lint import KINDS, lint, lint_message
from tests.stages.emails import good

Change = Callable[[str], str]


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return sorted({finding.code.removeprefix("lint.") for finding in findings})


def put(fragment: str) -> Change:
    """Put a fragment behind the last paragraph."""

    def change(page: str) -> str:
        at = page.rindex("</p>") + len("</p>")
        return page[:at] + fragment + page[at:]

    return change


def swap(pattern: str, new: str, count: int = 1) -> Change:
    def change(page: str) -> str:
        changed, found = re.subn(pattern, new, page, count=count, flags=re.DOTALL)
        assert found, f"{pattern} is not in the good email"
        return changed

    return change


def link(address: str, words: str = "The report on ferries") -> Change:
    return put(f'<p><a class="quiet" style="color:#52606d" href="{address}">{words}</a></p>')


def sheet(rules: str, fragment: str = "") -> Change:
    return lambda page: put(fragment)(page).replace("</head>", f"<style>{rules}</style></head>", 1)


def say(words: str) -> Change:
    return put(f"<p>{words}</p>")


PICTURE = '<img src="https://a.example.org/{}" width="20" alt="A ferry">'

#: name -> (how the good email is broken, the codes that are found)
BROKEN: dict[str, tuple[Change, str]] = {
    "no language": (swap(' lang="en"', ""), "accessibility.language"),
    "language in words": (swap(' lang="en"', ' lang="English, please"'), "accessibility.language"),
    "no direction": (swap(' dir="ltr"', ""), "accessibility.direction"),
    "wrapper without language": (swap('(<body.*?) lang="en"', r"\1"), "accessibility.wrapper"),
    "wrapper without direction": (swap('(<body.*?) dir="ltr"', r"\1"), "accessibility.wrapper"),
    "no article": (swap(' role="article"', ""), "accessibility.article"),
    "article without label": (swap(' aria-label="[^"]*"', ""), "accessibility.article"),
    "no title": (swap("<title>[^<]*</title>", ""), "accessibility.title"),
    "title that says nothing": (swap("<title>[^<]*", "<title>Untitled"), "accessibility.title"),
    "table read out": (swap('(<div[^>]*><table[^>]*?) role="presentation"', r"\1"), "accessibility.table"),
    "table for Outlook read out": (
        swap(r'(\[if mso[^\]]*\]><table[^>]*?) role="presentation"', r"\1"),
        "accessibility.table",
    ),
    "picture without alternative": (
        put('<img src="https://a.example.org/x.png" width="20">'),
        "accessibility.alternative",
    ),
    "linked picture without words": (
        put('<a href="https://a.example.org/"><img src="https://a.example.org/x.png" width="20" alt=""></a>'),
        "accessibility.linked-picture",
    ),
    "alternative is a file": (
        put(PICTURE.format("x.png").replace("A ferry", "IMG_0231.JPG")),
        "accessibility.alternative-file",
    ),
    "picture without width": (put(PICTURE.format("x.png").replace(' width="20"', "")), "accessibility.picture-width"),
    "width in per cent": (put(PICTURE.format("x.png").replace("20", "100%")), "accessibility.picture-width"),
    "two main headings": (put("<h1>Another</h1><p>Words</p>"), "accessibility.main-heading"),
    "no main heading": (swap("<h1(.*?)</h1>", r"<p\1</p>"), "accessibility.main-heading"),
    "a level left out": (put("<h2>One</h2><h4>Another</h4><p>Words</p>"), "accessibility.heading-order"),
    "link without words": (put('<a href="https://a.example.org/"></a>'), "accessibility.link-name"),
    "read more": (link("https://a.example.org/", "Read more…"), "accessibility.vague-link"),
    "click here": (link("https://a.example.org/", "Click here »"), "accessibility.vague-link"),
    "here in Welsh": (link("https://a.example.org/", "Cliciwch yma"), "accessibility.vague-link"),
    "more in Welsh": (link("https://a.example.org/", "Darllen mwy"), "accessibility.vague-link"),
    "same words": (
        lambda page: link("https://a.example.org/1")(link("https://a.example.org/2")(page)),
        "accessibility.same-words",
    ),
    "no zoom": (swap("initial-scale=1", "initial-scale=1, user-scalable=no"), "accessibility.zoom"),
    "hardly any zoom": (swap("initial-scale=1", "initial-scale=1, maximum-scale=1.0"), "accessibility.zoom"),
    "no viewport": (swap('<meta name="viewport"[^>]*>', ""), "accessibility.viewport"),
    "justified": (put('<p style="text-align:justify">Words</p>'), "contrast.justified"),
    "tiny": (put('<p style="font-size:11px">Words</p>'), "contrast.size"),
    "tiny in points": (put('<p style="font-size:8pt">Words</p>'), "contrast.size"),
    "long and small": (swap('(<p[^>]*style="[^"]*)("[^>]*>Heads of eleven)', r"\1;font-size:13px\2"), "contrast.size"),
    "small on a phone": (
        sheet("@media (max-width:480px){.w{font-size:9px !important}}", '<p class="w">Words</p>'),
        "contrast.size",
    ),
    "grey on grey": (put('<p style="color:#999">Words</p>'), "contrast.light"),
    "grey by name": (put('<p style="color:darkgray">Words</p>'), "contrast.light"),
    "half seen": (put('<p style="color:rgba(82,96,109,.6)">Words</p>'), "contrast.dark contrast.light support.style"),
    "white on orange": (
        put('<table role="presentation"><tr><td bgcolor="#ff9900" style="color:#fff">Words</td></tr></table>'),
        "contrast.dark contrast.light",
    ),
    "grey by class": (sheet(".ghost{color:#b0b0b0}", '<p class="ghost">Words</p>'), "contrast.light"),
    "grey by force": (
        sheet("p.ghost{color:#b0b0b0 !important}", '<p class="ghost" style="color:#000">Words</p>'),
        "contrast.light",
    ),
    "black in the dark": (put('<p style="color:#222">Words</p>'), "contrast.dark"),
    "ground forgotten in the dark": (
        put('<table role="presentation"><tr><td class="meta" style="background:#fff">Words</td></tr></table>'),
        "contrast.dark",
    ),
    "pale on a phone": (
        sheet("@media (max-width:480px){.w{color:#ddd !important}}", '<p class="w">Words</p>'),
        "contrast.narrow",
    ),
    "on a picture": (
        put('<p style="background-image:url(https://a.example.org/x.png)">Words</p>'),
        "contrast.picture support.style",
    ),
    "moved by order": (put('<div style="order:2">Words</div>'), "order.moved"),
    "moved by a rule": (sheet(".last{order:9}"), "order.moved"),
    "reversed": (put('<div style="flex-direction:row-reverse">Words</div>'), "order.moved support.style"),
    "floated": (
        put('<div style="float:right">One</div><div>Another</div>'),
        "order.moved support.style",
    ),
    "taken out of its place": (put('<div style="position:absolute">Words</div>'), "order.moved support.style"),
    "footer first": (put('<div style="display:table-footer-group">Words</div>'), "order.moved"),
    "turned round": (put('<div dir="rtl">Words from left to right</div>'), "order.direction"),
    "turned round for Outlook": (swap(r"(\[if mso[^\]]*\]><table)", r'\1 dir="rtl"'), "order.direction"),
    "keys elsewhere": (
        put('<a href="https://a.example.org/" style="color:#52606d" tabindex="3" class="quiet">A report</a>'),
        "order.tab",
    ),
    "no address": (link(""), "links.empty"),
    "a hash for an address": (link("#"), "links.empty"),
    "script for an address": (link("JavaScript:alert(1)"), "links.script"),
    "from the root": (link("/news"), "links.relative"),
    "without a scheme": (link("//a.example.org/news"), "links.relative"),
    "without https": (link("www.a.example.org/news"), "links.relative"),
    "mail to nobody": (link("mailto:"), "links.mailto"),
    "mail to half an address": (link("mailto:noreen@"), "links.mailto"),
    "call nobody": (link("tel:"), "links.mailto"),
    "localhost": (link("http://localhost:8000/x"), "links.private"),
    "an address inside": (link("https://192.168.0.4/x"), "links.private"),
    "a name inside": (link("https://wiki.corp/x"), "links.private"),
    "address to be replaced": (link("https://www.yourdomain.com/"), "links.placeholder"),
    "link goes here": (link("https://insert-link-here/"), "links.placeholder"),
    "field in an address": (link("https://a.example.org/?e=*|EMAIL|*"), "links.merge-field"),
    "slot in an address": (link("[[digest:unsubscribe.:0123456789abcdef]]"), "links.merge-field"),
    "space in an address": (link("https://a.example.org/a report"), "links.malformed"),
    "no host": (link("https:///news"), "links.malformed"),
    "a port of letters": (link("https://a.example.org:port/"), "links.malformed"),
    "unknown scheme": (link("htps://a.example.org/"), "links.malformed"),
    "password": (link("https://noreen:secret@a.example.org/"), "links.password"),
    "nowhere in the email": (link("#nowhere"), "links.fragment"),
    "disguised": (link("https://b.example.net/", "www.a.example.org"), "links.disguised"),
    "shortened": (link("https://bit.ly/3xYz"), "links.shortener"),
    "not encrypted": (link("http://a.example.org/"), "links.insecure"),
    "picture from nowhere": (put('<img src="x.png" width="20" alt="A ferry">'), "links.picture"),
    "picture from inside": (put('<img src="http://10.0.0.1/x.png" width="20" alt="A ferry">'), "links.picture"),
    "pixel": (put('<img src="https://a.example.org/o.gif" width="1" height="1" alt="">'), "links.pixel"),
    "no way out": (swap("<a [^>]*>Unsubscribe</a>", "", 0), "links.unsubscribe"),
    "way out at the end": (swap("<a [^>]*>Unsubscribe</a>", ""), "links.unsubscribe-above"),
    "misspelt field": (say("Hello {{ frist_name | there }},"), "content.merge-field"),
    "field of Mailchimp": (say("Hello *|FNAME|*,"), "content.merge-field"),
    "field in single braces": (say("Hello {FIRSTNAME},"), "content.merge-field"),
    "field in per cents": (say("Hello %%first name%%,"), "content.merge-field"),
    "field in brackets": (say("Hello [First Name],"), "content.merge-field"),
    "field of Word": (say("Hello «FirstName»,"), "content.merge-field"),
    "half a field": (say("Hello {{ first_name,"), "content.merge-field"),
    "field in an alternative": (put(PICTURE.format("x.png").replace("A ferry", "{{ name }}")), "content.merge-field"),
    "slot": (say("Hello [[digest:first_name.:0123456789abcdef]],"), "content.slot"),
    "command": (say("{% if first_name %}Hello{% endif %}"), "content.template"),
    "command of Ruby": (say("Hello &lt;%= user.name %&gt;"), "content.template"),
    "command of Handlebars": (say("{{#each stories}}"), "content.template"),
    "MJML": (put("<mj-text>Words</mj-text>"), "content.mjml"),
    "escape of Rust": (say(r"No\u{a0}break"), "content.escape"),
    "escaped twice": (say("Fish &amp;amp; chips"), "content.escape"),
    "mojibake": (say("Caf\u00c3\u00a9"), "content.mojibake"),
    "mojibake of a quotation mark": (say("It\u00e2\u20ac\u2122s"), "content.mojibake"),
    "letter lost": (say("Caf\ufffd"), "content.replacement"),
    "lorem ipsum": (say("Lorem ipsum dolor sit amet"), "content.placeholder"),
    "text to come": (say("Insert text here"), "content.placeholder"),
    "note to oneself": (say("TO" + "DO: ask Noreen"), "content.placeholder"),
    "nothing of Python": (say("None"), "content.value"),
    "nothing of JavaScript": (put("<table role='presentation'><tr><td>undefined</td></tr></table>"), "content.value"),
    "nobody greeted": (say("Hello ,"), "content.greeting"),
    "empty section": (put("<h2>Early years</h2><h2>Leadership</h2><p>Words</p>"), "content.empty-section"),
    "empty last section": (put("<h2>Early years</h2>"), "content.empty-section"),
    "empty heading": (put("<h2> &nbsp; </h2><p>Words</p>"), "content.empty-heading"),
    "no color-scheme": (swap('<meta name="color-scheme"[^>]*>', ""), "dark.meta"),
    "only light": (swap('"color-scheme" content="light dark"', '"color-scheme" content="light"'), "dark.meta"),
    "no supported-color-schemes": (swap('<meta name="supported-color-schemes"[^>]*>', ""), "dark.meta-supported"),
    "no root": (swap(r":root \{[^}]*\}", ""), "dark.root"),
    "dark rule without a copy": (
        sheet("@media (prefers-color-scheme: dark) { .new { color: #fff !important; } }"),
        "dark.outlook",
    ),
    "dark ground without a copy": (
        sheet("@media (prefers-color-scheme: dark) { .new { background-color: #000 !important; } }"),
        "dark.outlook",
    ),
    "flex": (put('<div style="display:flex">Words</div>'), "support.style"),
    "grid": (sheet(".g{display:grid}"), "support.style"),
    "gap": (put('<div style="gap:8px">Words</div>'), "support.style"),
    "calculated": (put('<div style="width:calc(100% - 8px)">Words</div>'), "support.style"),
    "variable": (put('<div style="padding:var(--gap)">Words</div>'), "support.style"),
    "unit that Outlook does not know": (put('<div style="padding:2rem">Words</div>'), "support.style"),
    "shadow": (put('<div style="box-shadow:0 1px 2px #000">Words</div>'), "support.style"),
    "font from the web": (sheet("@font-face{font-family:X;src:url(https://a.example.org/x.woff)}"), "support.style"),
    "imported": (sheet("@import url(https://a.example.org/x.css);"), "support.style"),
    "child of a rank": (sheet("p:nth-child(2){margin:0}"), "support.style"),
    "shadow for Outlook": (
        swap(r"(\[if mso\]><style>)", r"\1p{box-shadow:0 1px 2px #000}"),
        "support.style",
    ),
    "partly known": (put("<p><dfn>Ferry</dfn></p>"), "support.partly"),
    "video": (put("<video>Words</video>"), "support.element"),
    "form": (put('<form action="https://a.example.org/"></form>'), "support.element"),
    "section": (put("<section>Words</section>"), "support.element"),
    "lazy picture": (put(PICTURE.format("x.png").replace(" alt", ' loading="lazy" alt')), "support.element"),
    "WebP": (put(PICTURE.format("x.webp?v=2")), "support.picture"),
    "picture in the address": (
        put(PICTURE.replace("https://a.example.org/{}", "data:image/png;base64,AA")),
        "support.picture",
    ),
    "script": (put("<script>1</script>"), "support.script"),
    "handler": (say("<span onclick='x()'>Words</span>"), "support.script"),
    "frame": (put('<iframe src="https://a.example.org/"></iframe>'), "support.script"),
    "long style sheet": (sheet(".a{color:#000}\n" * 700), "support.long-style"),
    "broken style sheet": (sheet(".a{color:#000;margin}"), "support.broken-style"),
    "broken style": (put('<p style="margin:0;color">Words</p>'), "support.broken-style"),
    "80 kB": (put(f"<!--{'x' * 60_000}-->"), "size.long"),
    "100 kB": (put(f"<!--{'x' * 90_000}-->"), "size.clipped"),
}


def test_the_good_email_has_no_finding() -> None:
    assert lint(good().html, good().text) == ()
    assert lint_message(good().message) == ()
    assert lint(good(60).html, good(60).text) == ()


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_each_fault_is_found_and_no_other(name: str) -> None:
    change, expected = BROKEN[name]
    broken = change(good().html)
    assert broken != good().html
    found = lint(broken, name="spring.html")
    assert codes(found) == expected.split(" ")
    for finding in found:
        assert finding.where.startswith("spring.html")
        assert finding.what.endswith((".", "”", "?"))
        assert finding.why
        assert finding.mend


def test_what_must_be_mended_comes_first_and_places_are_gathered() -> None:
    broken = put('<p style="color:#999">Words</p>' * 60)(link("http://a.example.org/")(good().html))
    first, last = lint(broken, name="spring.html")
    assert (first.code, first.severity) == ("lint.contrast.light", Severity.MUST_MEND)
    assert re.match(r"spring.html, line \d+: <p>Words", first.where)
    assert "The same in 59 more places" in first.what
    assert last.severity == Severity.NOTE


def test_the_nearest_name_is_suggested() -> None:
    (found,) = lint(say("Hello {{ frist_name | there }},")(good().html))
    assert "Did you mean “first_name”?" in found.mend
    (found,) = lint(say("Hello *|FNMAE|*,")(good().html))
    assert "Did you mean “FNAME”?" in found.mend


def test_clients_are_named_and_a_family_as_a_whole() -> None:
    (found,) = lint(put('<div style="display:flex">Words</div>')(good().html))
    assert found.what == "display:flex is not known to Outlook (classic)."
    (found,) = lint(put('<p style="text-shadow:0 1px 1px #000">Words</p>')(good().html))
    assert "Gmail, Outlook" in found.what
    assert "Yahoo" not in found.what


def test_an_email_that_says_nothing_of_the_dark_has_one_finding_about_it() -> None:
    page = re.sub(r"<style>\s*:root.*?</style>", "", good().html, flags=re.DOTALL)
    page = re.sub(r'<meta name="(supported-)?color-schemes?"[^>]*>', "", page)
    assert codes(lint(page)) == ["dark.none"]


def test_dark_colours_without_a_block_are_missed() -> None:
    page = good().html.replace("prefers-color-scheme: dark", "prefers-color-scheme: light")
    assert "dark.block" in codes(lint(page))


@pytest.mark.parametrize(
    "fragment",
    [
        '<p style="color:#c8ced4;font-size:24px;display:none">hidden</p>',
        '<div style="max-height:0;overflow:hidden;color:#fff">hidden</div>',
        '<p style="color:#8c8c8c;background-color:#fff;font-size:24px">large</p>',
        '<h2>Early years</h2><p>Words</p><h3><a class="link" style="color:#0b5cad" href="https://a.example.org/">A</a></h3>',
        '<p><a class="quiet" style="color:#52606d" href="mailto:noreen@example.org?subject=x">Write to us</a></p>',
        '<p><a class="quiet" style="color:#52606d" href="tel:+441234567890">Call us</a></p>',
        '<p><a name="place"></a>Words</p>',
        "<p>100% of {a, b} and [1] and « la rentrée » for 5 &lt; 6 &amp; more</p>",
        "<p>An Ãrea of Âge is no fault</p>",
        "<table><tr><th>Year</th><th>Pupils</th></tr><tr><td>2026</td><td>91</td></tr></table>",
        '<div dir="rtl">שלום לכולם</div>',
        '<img src="https://a.example.org/x.gif" width="20" alt="">',
    ],
)
def test_what_is_right_is_no_finding(fragment: str) -> None:
    assert lint(put(fragment)(good().html)) == ()


def test_an_email_without_words_is_told() -> None:
    assert "content.empty" in codes(lint("<html><body><img src='https://a.example.org/x.png'></body></html>"))


def test_what_travels_too_long_is_told() -> None:
    assert codes(lint(good().html, encoded=102_401)) == ["size.encoded"]


def test_every_fault_that_is_looked_for_is_found_by_a_test() -> None:
    from tests.stages.test_lint_message import BROKEN as MESSAGES
    from tests.stages.test_lint_text import BROKEN as TEXTS

    known = {code for table in (BROKEN, MESSAGES, TEXTS) for _, codes in table.values() for code in codes.split(" ")}
    elsewhere = {"content.empty", "dark.none", "dark.block", "size.encoded", "size.unread", "size.nothing"}
    files = {code for code in KINDS if code.startswith("file.")}
    assert KINDS.keys() == known | elsewhere | files
