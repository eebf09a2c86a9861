"""Accessibility: what somebody meets who listens, enlarges or uses a keyboard (WCAG 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import html as markup

from digest.domain.model import Severity
from digest.stages.review.lint.cascade import Looks
from digest.stages.review.lint.page import HEADINGS, Page, Tag, visible
from digest.stages.review.lint.remark import Kind, Remark, shortened

MUST, LOOK = Severity.MUST_MEND, Severity.LOOK_AT

KINDS: Mapping[str, Kind] = {
    "accessibility.language": Kind(
        severity=MUST,
        looks_for="`lang` on `<html>`, a language tag such as `en`",
        why="A screen reader speaks the words with the sounds of another language.",
        mend='Write lang on <html>, such as lang="en" or lang="cy".',
    ),
    "accessibility.direction": Kind(
        severity=LOOK,
        looks_for="`dir` on `<html>`: `ltr` or `rtl`",
        why="Mail programs set in another direction turn lists and punctuation round.",
        mend='Write dir="ltr" (or "rtl") on <html>.',
    ),
    "accessibility.wrapper": Kind(
        severity=LOOK,
        looks_for="`lang` and `dir` on an element that holds the whole body",
        why="Most mail programs throw <html> away and keep what is inside <body>: language and direction go with it.",
        mend="Repeat lang and dir on the first <div> inside <body>.",
    ),
    "accessibility.article": Kind(
        severity=LOOK,
        looks_for='an element with `role="article"` and a label (`aria-label`) around the body',
        why="In a mail program that shows many messages a screen reader cannot tell where this one begins.",
        mend='Write role="article" and aria-label="SUBJECT" on the first <div> inside <body>.',
    ),
    "accessibility.title": Kind(
        severity=MUST,
        looks_for="a `<title>` that says something",
        why="It names the window or tab in which the email is opened, and is the first that a screen reader says.",
        mend="Write the subject into <title>.",
    ),
    "accessibility.table": Kind(
        severity=LOOK,
        looks_for='`role="presentation"` on every table without headings of its own, those for Outlook among them',
        why="A screen reader says “table, row 1, column 1” before each part of the text.",
        mend='Write role="presentation" on the table.',
    ),
    "accessibility.alternative": Kind(
        severity=MUST,
        looks_for="`alt` on every picture",
        why="Who cannot see the picture, or has pictures switched off, gets its file name.",
        mend='Write what it shows into alt, or alt="" where it only decorates.',
    ),
    "accessibility.linked-picture": Kind(
        severity=MUST,
        looks_for="words in `alt` where a picture is all there is in a link",
        why="The link has no name: a screen reader reads its address letter by letter.",
        mend="Write into alt where the link leads.",
    ),
    "accessibility.alternative-file": Kind(
        severity=LOOK,
        looks_for="an `alt` that is a file name, or says only that it is a picture",
        why="It tells nobody what the picture shows.",
        mend="Write what it shows.",
    ),
    "accessibility.picture-width": Kind(
        severity=LOOK,
        looks_for="a number in `width` on every picture",
        why="Outlook shows it as large as the file is, and the email becomes wider than the window.",
        mend="Write its width in pixels, without a unit, into width.",
    ),
    "accessibility.main-heading": Kind(
        severity=LOOK,
        looks_for="exactly one `<h1>`",
        why="Screen readers jump from heading to heading, and look for the one that names the whole.",
        mend="Make the email's name the only <h1>; what stands under it is <h2> and <h3>.",
    ),
    "accessibility.heading-order": Kind(
        severity=LOOK,
        looks_for="a level of heading that is left out, such as `<h3>` after `<h1>`",
        why="It sounds as if a part were missing.",
        mend="Use the next level; its size can stay as it is.",
    ),
    "accessibility.link-name": Kind(
        severity=MUST,
        looks_for="words in every link",
        why="Screen readers read it as nothing, and nobody else sees it.",
        mend="Give the link words, or take it out.",
    ),
    "accessibility.vague-link": Kind(
        severity=LOOK,
        looks_for="links called “read more”, “click here” and the like, in English, Welsh and some other languages",
        why="Who goes from link to link hears the same words again and again, and not what they lead to.",
        mend="Say where it leads: the story's title, or “Read the report on school buses”.",
    ),
    "accessibility.same-words": Kind(
        severity=LOOK,
        looks_for="links with the same words that lead to different places",
        why="In a list of links nobody can tell them apart.",
        mend="Add what tells them apart, such as the source's name.",
    ),
    "accessibility.zoom": Kind(
        severity=MUST,
        looks_for="a viewport that forbids zooming (`user-scalable=no`, `maximum-scale` under 2)",
        why="Who needs large letters cannot make them larger.",
        mend='Write <meta name="viewport" content="width=device-width, initial-scale=1">.',
    ),
    "accessibility.viewport": Kind(
        severity=LOOK,
        looks_for='a `<meta name="viewport">`',
        why="Phones show the email as a small picture of a wide page.",
        mend='Write <meta name="viewport" content="width=device-width, initial-scale=1">.',
    ),
}

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
_FILE = re.compile(
    r"\S+\.(jpe?g|png|gif|webp|svg|bmp|tiff?|avif|heic)|(image|picture|img|photo|logo|banner)\s*\d*", re.I
)
_NOTHING_SAID = frozenset(("untitled", "untitled document", "document", "title", "email", "newsletter", "no title"))
_VAGUE = frozenset(
    """
    read more|more|here|click here|click|click this|this|this link|link|learn more|find out more|see more|view more
    read on|read it|read|go|go here|view|details|more details|more info|more information|continue|continue reading
    discover more|get more|see here|view here|read here|tap here|press here|full story|read full story
    yma|cliciwch yma|clicio yma|mwy|darllen mwy|darllenwch fwy|darllenwch ragor|darllen rhagor|rhagor|dysgu mwy
    dysgwch fwy|gweld mwy|gwelwch fwy|mwy o wybodaeth|rhagor o wybodaeth|dolen|y ddolen hon|pwyswch yma
    ici|cliquez ici|lire la suite|en savoir plus|hier|klicken sie hier|weiterlesen|mehr|mehr erfahren
    aquí|haga clic aquí|leer más|más información|kliknij tutaj|więcej
    """.replace("\n", "|").split("|")
)
_VAGUE_WORDS = frozenset(" ".join(one.split()) for one in _VAGUE) - {""}
#: elements from <body> inward among which the wrapper is looked for
_WRAPPER_DEPTH = 5


def remarks(page: Page, looks: Looks) -> Iterator[Remark]:
    """Yield what is amiss; looks: the light view."""
    yield from _root(page)
    yield from _tables(page)
    for picture in page.named("img"):
        yield from _picture(page, picture)
    yield from _headings(page, looks)
    yield from _links(page, looks)
    yield from _viewport(page)


def name_of(page: Page, link: markup.HtmlElement) -> str:
    """Return what a link is called: its label, else its words, else its title."""
    return visible(link.get("aria-label") or "") or page.words(link) or visible(link.get("title") or "")


def _root(page: Page) -> Iterator[Remark]:
    language = (page.root.get("lang") or "").strip()
    if not _LANGUAGE.fullmatch(language):
        said = f"<html> says lang=“{shortened(language)}”, which is no language." if language else "<html> has no lang."
        yield Remark(code="accessibility.language", what=said, where="line 1: <html>")
    if (page.root.get("dir") or "").lower() not in ("ltr", "rtl"):
        yield Remark(code="accessibility.direction", what="<html> has no dir.", where="line 1: <html>")
    wrappers = list(_wrappers(page))
    missing = [name for name in ("lang", "dir") if not any(one.get(name) for one in wrappers)]
    if missing:
        what = f"No element around the whole body has {' or '.join(missing)}."
        yield Remark(code="accessibility.wrapper", what=what)
    articles = [one for one in wrappers if (one.get("role") or "").lower() == "article"]
    if not any(one.get("aria-label") or one.get("aria-labelledby") for one in articles):
        what = "The article around the body has no label." if articles else "Nothing around the body is an article."
        yield Remark(code="accessibility.article", what=what)
    title = next((" ".join((one.text or "").split()) for one in page.named("title")), "")
    if not title or title.lower() in _NOTHING_SAID:
        said = f"The title is “{title}”." if title else "There is no title."
        yield Remark(code="accessibility.title", what=said)


def _wrappers(page: Page) -> Iterator[markup.HtmlElement]:
    """Yield the elements that hold all the words of the body but a preheader, the outermost first."""
    element = next(page.named("body"), None)
    for _ in range(_WRAPPER_DEPTH):
        if element is None:
            return
        children = [one for one in element if isinstance(one.tag, str)]
        wide = max(children, key=lambda one: len(page.words(one)), default=None)
        if wide is None or len(page.words(wide)) < 0.8 * len(page.words(element)):
            return
        yield wide
        element = wide


def _tables(page: Page) -> Iterator[Remark]:
    for table in page.named("table"):
        role = (table.get("role") or "").lower()
        data = table.find("caption") is not None or table.find(".//th") is not None or role in ("table", "grid")
        if role not in ("presentation", "none") and not data:
            yield Remark(
                code="accessibility.table", what="A table for layout is read out as a table.", where=page.place(table)
            )
    for tag in page.outlook:
        if tag.name == "table" and not _is_layout(tag):
            yield Remark(
                code="accessibility.table",
                what="A table that only Outlook gets is read out as a table.",
                where=tag.place,
                about="outlook",
            )


def _is_layout(tag: Tag) -> bool:
    return tag.attributes.get("role", "").lower() in ("presentation", "none")


def _picture(page: Page, picture: markup.HtmlElement) -> Iterator[Remark]:
    place = page.place(picture)
    alternative = picture.get("alt")
    link = next(picture.iterancestors("a"), None)
    if alternative is None:
        yield Remark(code="accessibility.alternative", what="A picture has no alt.", where=place)
    elif not visible(alternative):
        if link is not None and link.get("href") is not None and not name_of(page, link):
            yield Remark(
                code="accessibility.linked-picture", what="The picture in a link has an empty alt.", where=place
            )
    elif _FILE.fullmatch(visible(alternative)):
        what = f"A picture's alt is “{shortened(alternative)}”."
        yield Remark(code="accessibility.alternative-file", what=what, where=place)
    if not (picture.get("width") or "").strip().isdecimal():
        given = picture.get("width")
        what = f"A picture's width is “{shortened(given)}”." if given else "A picture has no width."
        yield Remark(code="accessibility.picture-width", what=what, where=place)


def _headings(page: Page, looks: Looks) -> Iterator[Remark]:
    headings = [one for one in page.named(*HEADINGS) if not looks[one].hidden]
    main = [one for one in headings if one.tag == "h1"]
    if len(main) != 1:
        what = f"There are {len(main)} <h1>." if main else "There is no <h1>."
        yield Remark(code="accessibility.main-heading", what=what, where=page.place(main[1]) if main else "")
    before = 0
    for heading in headings:
        level = int(str(heading.tag)[1])
        # where no <h1> is, the finding above says so
        if before and level > before + 1:
            what = f"<h{level}> follows <h{before}>."
            yield Remark(code="accessibility.heading-order", what=what, where=page.place(heading))
        before = level


def _links(page: Page, looks: Looks) -> Iterator[Remark]:
    targets: dict[str, str] = {}
    for link in page.named("a"):
        if link.get("href") is None or looks[link].hidden:
            continue
        name = name_of(page, link)
        if not name:
            # a picture without alt, or with an empty one, has its own finding
            if link.find(".//img") is None:
                yield Remark(code="accessibility.link-name", what="A link has no words.", where=page.place(link))
            continue
        key = name.casefold().strip(" .…:!?»›>→–-«")
        if key in _VAGUE_WORDS:
            what = f"A link is called “{shortened(name)}”."
            yield Remark(code="accessibility.vague-link", what=what, where=page.place(link))
            continue
        target = (link.get("href") or "").strip()
        if targets.setdefault(key, target) != target:
            what = f"Two links are called “{shortened(name)}” and lead to {shortened(targets[key])} and elsewhere."
            yield Remark(code="accessibility.same-words", what=what, where=page.place(link), about=key)


def _viewport(page: Page) -> Iterator[Remark]:
    metas = [one for one in page.named("meta") if (one.get("name") or "").lower() == "viewport"]
    if not metas:
        yield Remark(code="accessibility.viewport", what="There is no viewport.")
    for meta in metas:
        content = re.sub(r"\s", "", (meta.get("content") or "").lower())
        limit = re.search(r"maximum-scale=(\d+(\.\d+)?)", content)
        if re.search(r"user-scalable=(no|0|false)", content) or (limit and float(limit.group(1)[:9]) < 2):
            what = f"The viewport says “{shortened(content)}”."
            yield Remark(code="accessibility.zoom", what=what, where=page.place(meta))
