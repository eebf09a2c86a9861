"""What `digest.sources.page` promises of pages in the wild: broken, crowded, strangely named, in every language."""

# A row of markup reads best in one line.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from tests.sources.test_page import FOOTER, MENU, SENTENCE, TITLES, items, repeated, slug, titles

ROW = '<div class="n"><h3><a href="/news/{s}">{t}</a></h3><p>{n} March 2025</p><p>{p}</p></div>'
PROSE = f"<p>{SENTENCE}</p>" * 12


# -------------------------------------------------------------------------------------------- where things stand


def test_a_link_that_nobody_closed_does_not_swallow_the_page() -> None:
    for opened in ('<a href="/">', '<a name="top">'):
        found = items(f"{opened}<div>{repeated(ROW)}</div>")
        assert [item.link.rsplit("/")[-1] for item in found] == [item.title.lower().replace(" ", "-") for item in found]
        assert len(found) == 5


def test_a_list_inside_a_form_is_a_list() -> None:
    rows = repeated('<tr><td class="list-title"><a href="/news/{s}">{t}</a></td><td>Hits: {n}</td></tr>')
    form = f'<form method="post"><select><option>10</option></select><table>{rows}</table></form>'
    assert titles(f"{MENU}<div>{form}</div>{f'<aside>{PROSE}</aside>' * 2}{FOOTER}") == list(TITLES[:5])


def test_a_part_that_is_called_a_side_bar_but_holds_the_page_is_none() -> None:
    layout = '<div class="sidebar_sep"><div {}><h1>News</h1>{}</div><div class="sidebar">{}</div></div>{}'
    assert titles(MENU + layout.format('role="main"', repeated(ROW), PROSE, PROSE)) == list(TITLES[:5])
    assert titles(MENU + layout.format("", repeated(ROW), PROSE, PROSE)) == list(TITLES[:5])


# -------------------------------------------------------------------------------------------- what belongs together


def test_a_first_article_without_a_link_in_its_title_is_an_item() -> None:
    first = '<section><img src="/h.jpg"><div><h2>{t}</h2><p>{p}</p><a href="/news/{s}">Read the full story</a></div></section>'
    cards = repeated('<a class="tile" href="/news/{s}"><img src="/{n}.jpg"><h3>{t}</h3><span>{n} March 2025</span></a>')
    page = (
        "<main><h1>News</h1>"
        + first.format(t=TITLES[5], s="raffle-was-a-record", p=SENTENCE)
        + f"<div>{cards}</div></main>"
    )
    assert titles(page) == [TITLES[5], *TITLES[:5]]


def test_headings_of_small_grids_with_links_to_all_of_them_are_no_items() -> None:
    card = '<div class="col"><div class="card"><h4><a href="/news/{}">{}</a></h4><p>{}</p></div></div>'
    grids = "".join(
        f'<section><h2>{name}</h2><div class="row">{"".join(card.format(slug(t), t, SENTENCE) for t in pair)}</div>'
        f'<a href="/news/{name.lower()}/">See all {name}</a></section>'
        for name, pair in (("Care", TITLES[:2]), ("Places", TITLES[2:4]), ("Money", TITLES[4:]))
    )
    assert titles(f"<main><h1>Stories</h1>{grids}</main>") == list(TITLES)


# -------------------------------------------------------------------------------------------- words


def test_characters_that_nobody_sees_are_not_in_a_title() -> None:
    row = '<article><h2><a href="/news/{s}">{t}\x03 \x1b</a></h2><p>{p}</p></article>'
    assert titles(repeated(row)) == list(TITLES[:5])


# -------------------------------------------------------------------------------------------- what is of the list

DATED = '<div class="card"><h3><a href="/news/{s}">{t}</a></h3><p>{n} March 2025</p><p>{p}</p></div>'


def test_a_carousel_that_shows_its_ends_twice_has_each_item_once() -> None:
    slides = [f'<div class="slide">{slide}</div>' for slide in _slides()]
    assert sorted(titles("<div>" + "".join([*slides[-2:], *slides, *slides[:2]]) + "</div>")) == sorted(TITLES)


def _slides() -> list[str]:
    return [f'<a href="/news/{slug(t)}"><img src="/{n}.jpg"><h3>{t}</h3></a>' for n, t in enumerate(TITLES)]


def test_cards_below_the_list_that_show_less_and_lead_elsewhere_are_no_items() -> None:
    projects = "".join(
        f'<div class="card"><h3><a href="/projects/{n}/">A project of ours {n}</a></h3><p>{SENTENCE}</p></div>'
        for n in ("hub", "shed", "shop")
    )
    page = f"<main><section>{repeated(DATED)}</section><section><h2>Projects</h2>{projects}</section></main>"
    assert titles(page) == list(TITLES[:5])


def test_events_beside_the_list_in_its_make_are_no_items() -> None:
    events = "".join(
        f'<div class="when"><span>{n}</span><span>Jun</span><h3><a href="/events/{n}">An evening in June, the {n}th</a></h3>'
        "<p>Village Hall, 7pm</p></div>"
        for n in (12, 15, 19)
    )
    page = f"<main><div>{repeated(DATED)}</div><div><h2>Coming up</h2>{events}</div></main>"
    assert titles(page) == list(TITLES[:5])


def test_an_invitation_among_the_cards_is_no_item() -> None:
    card = '<div class="card"><h3><a href="/news/{s}">{t}</a></h3><p>{p}</p></div>'
    invitation = (
        f'<div class="card"><h3>Have our news sent to you</h3><p>{SENTENCE}</p><a href="/newsletter/">Sign up</a></div>'
    )
    cards = repeated(card, 6)
    place = cards.index('<div class="card">', len(cards) // 2)
    assert titles(f"<main>{cards[:place]}{invitation}{cards[place:]}</main>") == list(TITLES)


def test_a_first_article_that_is_one_link_without_a_heading_is_an_item_of_a_plain_list() -> None:
    first = f'<a class="lead" href="/news/raffle"><img src="/h.jpg"><em>New</em><strong>{TITLES[5]}</strong><span>{SENTENCE}</span></a>'
    rows = repeated('<li><span>{n} March 2025</span> <a href="/news/{s}">{t}</a></li>')
    assert titles(f"<main>{first}<ul>{rows}</ul></main>") == [TITLES[5], *TITLES[:5]]


# -------------------------------------------------------------------------------------------- what is no list


def cards(*named: tuple[str, str], before: str = "") -> str:
    """Undated cards with these titles and addresses."""
    made = (
        f'<div class="card"><img src="/c.jpg"><h3><a href="{href}">{title}</a></h3><p>{SENTENCE}</p></div>'
        for title, href in named
    )
    return f"{MENU}<main><h1>Our work</h1>{before}<div>{''.join(made)}</div></main>{FOOTER}"


def test_questions_and_steps_in_cards_are_no_articles() -> None:
    asked = "".join(
        f'<div class="card"><h3>{question}</h3><p>{SENTENCE}</p></div>'
        for question in ("How do I ask for help?", "Must I pay for it?", "Can I visit at any time?", "What do I bring?")
    )
    assert titles(f"<main><h1>Questions</h1>{asked}</main>") == []


def test_a_few_links_below_what_the_page_is_about_are_no_list() -> None:
    linked = [
        ("Help with the cost of fuel", "/w/help-with-fuel"),
        ("A lift to the hospital", "/w/lift-to-hospital-now"),
    ]
    page = cards(*linked, ("Tea on a Thursday afternoon", "/w/tea-on-a-thursday"), before=PROSE)
    assert titles(page) == []


def test_cards_with_short_names_that_lead_to_pages_with_short_names_are_no_articles() -> None:
    page = cards(
        ("Day centre", "/work/day-centre/"), ("Home care", "/work/home-care/"), ("Lunch clubs", "/work/lunch/")
    )
    assert titles(page) == []


def test_cards_that_lead_to_the_front_pages_of_others_are_no_articles() -> None:
    names = ("The Rotary Club of Millbrook", "The Bakery in Mill Street", "The County Council of Vale")
    assert titles(cards(*((name, f"https://p{n}.example.org/") for n, name in enumerate(names)))) == []


# -------------------------------------------------------------------------------------------- which text is the title

CARDS_OF_PIECES = {
    "a time to read": "<span>{n} min read</span><div>{t}</div><p>{p}</p>",
    "a date and a topic": "<div>{n}/03/2025 · Ponds</div><div>{t}</div><p>{p}</p>",
}


@pytest.mark.parametrize("beside", CARDS_OF_PIECES)
def test_what_counts_or_dates_an_article_is_not_its_title(beside: str) -> None:
    cards = repeated('<a href="/n/{s}"><img src="/{n}.jpg">' + CARDS_OF_PIECES[beside] + "</a>")
    assert titles(f"<main>{cards}</main>") == list(TITLES[:5])


def test_a_button_that_names_its_article_is_not_the_title() -> None:
    card = '<div><div>{t}</div><div>{n} March 2025</div><div>{p}</div><div><a href="/n/{s}">Read more about {t}</a></div></div>'
    assert titles(f"<main>{repeated(card)}</main>") == list(TITLES[:5])


def test_a_link_in_the_footer_of_the_page_lends_no_weight_to_the_links_below_titles() -> None:
    row = (
        '<div class="preview"><div><a class="title" href="/p/{s}">{t}</a><div><a href="/p/{s}">{p}</a></div>'
        "<div>{n} March 2025</div></div></div>"
    )
    footer = f'<footer><div><div><a href="https://f.example/x">Our page with the friends of the mill pond</a></div><p>{SENTENCE}</p></div></footer>'
    assert titles(f"<main>{repeated(row)}</main>{footer}") == list(TITLES[:5])


def test_chapters_with_a_link_in_each_are_no_articles() -> None:
    chapters = "".join(
        f"<section><h2>How the pond is {what} each year</h2>{PROSE}<p><a href='https://x.example/{what}-in-the-year'>More</a></p></section>"
        for what in ("cleaned", "planted", "counted", "stocked")
    )
    assert titles(f"<main><h1>The pond</h1>{chapters}</main>") == []


def test_sentences_with_a_link_in_them_are_no_titles() -> None:
    notes = "".join(
        f'<div><p>This way of the pond to {what} is new (<a href="https://t.example/issues/{n}">note {n}</a>)</p></div>'
        for n, what in enumerate(("fill", "drain", "rest", "freeze", "thaw"), start=101)
    )
    assert titles(f"<main><h1>Ways of the pond</h1>{notes}</main>") == []


# -------------------------------------------------------------------------------------------- archives


def archive(year: str, row: str) -> str:
    """Two years of a few articles each, with their label and rows in this make; the titles are the first five."""
    days = ((2024, 0, 3), (2023, 3, 5))
    return "".join(
        f'<div class="col">{year.format(y=y)}<ul>'
        + "".join(row.format(t=TITLES[n], s=slug(TITLES[n]), d=f"{20 - n:02}") for n in range(first, last))
        + "</ul></div>"
        for y, first, last in days
    )


YEARS = {
    "a heading, day and title in one link": (
        "<h3>{y}<a href='#{y}'>#</a></h3>",
        '<li><a href="/b/{s}">March {d} - {t}</a></li>',
    ),
    "a label, the day in numbers": (
        "<span id='{y}'><span>{y}</span></span>",
        '<li><span>03-{d}</span> <i></i> <a href="/b/{s}"><span>{t}</span></a></li>',
    ),
    "a heading, the day in the line's bare text": (
        "<h2>{y}</h2>",
        '<li><a href="/b/{s}">{t}</a> | <span><em>Ann Miller of Millbrook</em></span> | Mar {d}</li>',
    ),
}


@pytest.mark.parametrize("kind", YEARS)
def test_an_archive_parted_by_years_is_one_list_with_whole_dates(kind: str) -> None:
    found = items(f"{MENU}<main><h1>Archive</h1>{archive(*YEARS[kind])}</main>{FOOTER}")
    assert [item.title for item in found] == list(TITLES[:5])
    assert [item.date.date().isoformat() for item in found if item.date] == [
        "2024-03-20",
        "2024-03-19",
        "2024-03-18",
        "2023-03-17",
        "2023-03-16",
    ]


def test_titles_of_one_word_after_a_day_are_titles() -> None:
    rows = "".join(
        f'<li><a href="/b/{word.lower()}">April {n} - {word}</a></li>'
        for n, word in enumerate(("Kafka", "Moss", "Tin"), 11)
    )
    assert titles(f"<main><h3>2024</h3><ul>{rows}</ul></main>") == ["Kafka", "Moss", "Tin"]


def test_a_list_that_calls_itself_navigation_but_is_the_main_part_is_a_list() -> None:
    rows = repeated('<li><a href="/a/{s}.html">{t}</a><div>July 20{n}</div></li>')
    page = f"<div>{MENU}</div><main><nav><h2>Essays</h2><ul>{rows}</ul></nav></main><footer>{PROSE}</footer>"
    assert titles(page) == list(TITLES[:5])


def test_the_dated_one_of_two_lists_of_one_make_is_the_list() -> None:
    dated = repeated('<li><a href="/a/{s}">{t}</a><div>July 20{n}</div></li>')
    plain = repeated('<li><a href="/p/{s}-2">Page {n}</a></li>', 6)
    assert titles(f"<main><nav><ul>{dated}</ul></nav><nav><ul>{plain}</ul></nav></main>") == list(TITLES[:5])


def test_a_heading_of_few_letters_whose_only_link_is_its_date_is_a_title() -> None:
    rows = repeated("<h2>{t} <a href='/n/{s}'>{n}.12.2023</a></h2><p>{p}</p>", 4)
    short = f"<h2>EMC 2023 <a href='/n/emc'>9.11.2023</a></h2><p>{SENTENCE}</p>"
    assert titles(f"<main><h1>News</h1>{rows}{short}</main>") == [*TITLES[:4], "EMC 2023"]


def test_a_title_that_ends_with_a_mark_of_quotation_is_no_button() -> None:
    rows = repeated(
        '<div class="item"><span>{n} March 2025</span><div class="title"><a href="/n/{s}">{t}</a></div></div>', 4
    )
    quoted = '<div class="item"><span>9 March 2025</span><div class="title"><a href="/n/week">After the «Week of Ponds»</a></div></div>'
    assert titles(f"<main><div>{rows}{quoted}</div></main>") == [*TITLES[:4], "After the «Week of Ponds»"]


def test_short_titles_at_short_addresses_are_articles_where_their_authors_are_named() -> None:
    made = "".join(
        f'<article><a href="/{name.lower()}"><header><h2>{name}</h2></header><section><p>{SENTENCE}</p></section></a>'
        f'<footer><span><a href="/author/ann/">Ann</a></span><span>{n} min read</span></footer></article>'
        for n, name in enumerate(("Tooling", "Banking", "Energy"), 2)
    )
    assert titles(f"<main>{made}</main>") == ["Tooling", "Banking", "Energy"]


# -------------------------------------------------------------------------------------------- other makes


MAKES = {
    "a definition list": '<dt>{n} March 2025</dt><dd><a href="/n/{s}">{t}</a></dd>',
    "tags before titles": '<article><a href="/tag/ponds">Ponds</a><h2><a href="/n/{s}">{t}</a></h2><p>{p}</p></article>',
    "a table": '<tr><td>{n}/03/2025</td><td><a href="/n/{s}">{t}</a></td><td>Report</td></tr>',
    "rows of a view": '<div class="views-row"><div class="field"><span class="content">{n} March 2025</span></div><div class="field"><span class="content"><a href="/n/{s}">{t}</a></span></div></div>',
    "a collection": '<div role="listitem" class="w-dyn-item"><a class="w-inline-block" href="/n/{s}"><div>Report</div><div class="h">{t}</div><div>Mar {n}, 2025</div></a></div>',
    "a type and a reading time": '<div class="card"><span>Insight</span><h3><a href="/insights/{s}">{t}</a></h3><p>{p}</p><span>{n} min read</span></div>',
    "documents": '<li class="gem"><div><a href="/gov/{s}">{t}</a></div><ul><li>Guidance</li><li>Updated: <time datetime="2025-03-0{n}">{n} March 2025</time></li></ul></li>',
    "an accordion": '<li class="e"><strong><a href="/n/{s}">{t}</a></strong> <em>({n} March 2025)</em></li>',
}
AROUND = {"a definition list": "dl", "a table": "table", "documents": "ul", "an accordion": "ul"}


@pytest.mark.parametrize("make", MAKES)
def test_lists_of_many_makes_are_found(make: str) -> None:
    around = AROUND.get(make, "div")
    side = '<aside><h2>Most read</h2><ol><li><a href="/n/x">An old one that all still read</a></li></ol></aside>'
    page = f"{MENU}<main><h1>News</h1><{around}>{repeated(MAKES[make])}</{around}></main>{side}{FOOTER}"
    assert titles(page) == list(TITLES[:5])


GOODS = {
    "prices in words": '<div class="card"><img src="/{n}.jpg"><h3><a href="/shop/{s}">{t}</a></h3><p>{p}</p><span>£{n}.50</span></div>',
    "prices marked": '<div class="card"><img src="/{n}.jpg"><h3><a href="/shop/{s}">{t}</a></h3><p>{p}</p><span itemprop="offers">{n},50</span></div>',
}


@pytest.mark.parametrize("kind", GOODS)
def test_goods_with_a_price_each_are_no_articles(kind: str) -> None:
    assert titles(f"<main><h1>Coats</h1><div>{repeated(GOODS[kind], 6)}</div></main>") == []


def test_kinds_of_goods_with_a_picture_each_are_no_articles() -> None:
    boxes = "".join(
        f'<div><a href="/{name}/"><img src="/b.jpg"><h2>A pump that {name} the pond</h2></a></div>'
        for name in ("fills", "drains", "cleans", "warms")
    )
    assert titles(f"{MENU}<main><h1>Pumps</h1>{boxes}</main>{FOOTER}") == []


# -------------------------------------------------------------------------------------------- what stands beside a list

NUMBERED = '<li><span><a href="/letter/{n}">Letter {n}, March {n}, 2025</a></span></li>'


def test_what_a_tree_of_entries_files_them_under_is_no_item_and_its_days_are_read() -> None:
    branch = '<li><span><a href="/letters/{name}">Letters of our {name} year, 2024–2025</a></span><ul>{rows}</ul></li>'
    rows = [NUMBERED.format(n=n) for n in range(28, 0, -1)]
    tree = branch.format(name="first", rows="".join(rows[:14])) + branch.format(name="second", rows="".join(rows[14:]))
    found = items(f"<main><h1>Letters</h1><ul>{tree}</ul></main>")
    assert [item.title for item in found] == [f"Letter {n}, March {n}, 2025" for n in range(28, 0, -1)]
    assert [item.date.day for item in found if item.date] == list(range(28, 0, -1))


def test_a_day_that_is_part_of_every_title_stays_in_it_and_is_its_date() -> None:
    rows = "".join(
        f'<li><a href="/minutes/{n}.pdf">Minutes of {n} May 2024 (approved)</a></li>' for n in range(21, 9, -1)
    )
    found = items(f"<main><h1>Council minutes</h1><ul>{rows}</ul></main>")
    assert [(item.title, item.date and item.date.day) for item in found] == [
        (f"Minutes of {n} May 2024 (approved)", n) for n in range(21, 9, -1)
    ]


POSTS = repeated('<div class="post"><h3><a href="/{s}/">{t}</a></h3><div><p>{p}</p></div></div>', 6)


def test_a_heading_above_a_menu_is_no_item_among_headings_that_are_links() -> None:
    channels = '<div><h3>Channels</h3><ul><li><a href="/">Home</a></li><li><a href="/ask-us/">Contact</a></li><li><a href="/about-us/">About</a></li></ul></div>'
    lead = f"<div><h3>All that we wrote</h3><p>2 March 2025</p>{channels}</div>"
    assert titles(f"<div>{lead}<div>{POSTS}</div></div>") == list(TITLES)


def test_a_box_beside_the_list_whose_heading_is_no_link_is_no_item() -> None:
    posts = repeated('<div class="post"><h2><a href="/2025/{s}/">{t}</a></h2><p>{p}</p></div>')
    box = '<div><div><h2>brought to you by</h2><p>a club of friends of the pond who meet on every first Monday</p><a href="/2025/more-about-our-club/">learn more »</a></div></div>'
    assert titles(f"<div><div><h1>March</h1>{posts}</div><div>{box}</div></div>") == list(TITLES[:5])


def test_a_link_in_a_sentence_above_the_list_is_no_item() -> None:
    talks = repeated(
        '<div class="row"><div><p>2025</p></div><div><a href="https://talks.example.net/{s}">{t}</a></div></div>', 6
    )
    about = '<div class="row"><div><p>Hello! We are <a href="https://club.example.net/in/friends/">Friends</a>, a club that looks after ponds.</p></div></div>'
    assert titles(f"<div>{about}<h2>Talks</h2>{talks}</div>") == list(TITLES)


def test_columns_that_are_called_after_their_side_bar_hold_the_list() -> None:
    rows = repeated('<div><h4><a href="/{s}/">{t}</a></h4><div>{n} March 2025</div></div>')
    side = '<aside class="sidebar"><h5>Newsletter</h5><p>Leave your address.</p></aside>'
    menu = "".join(f'<li><a href="/part-{n}/">A part of our work, the {n}th</a></li>' for n in range(20))
    page = f'<nav><ul>{menu}</ul></nav><div class="two_columns background_sidebar"><div>{rows}</div><div>{side}</div></div>'
    assert titles(page + FOOTER) == list(TITLES[:5])


# -------------------------------------------------------------------------------------------- people

PEOPLE = (
    "Ann Archer", "Bob Baker", "Cas Cooper", "Dee Draper", "Eva Eames", "Fay Fuller", "Gus Glover", "Hal Harper",
    "Ida Innes", "Jim Joiner", "Kit Keeler", "Lou Lister", "Max Mason",
)  # fmt: skip


@pytest.mark.parametrize(("place", "count"), [("/team/", 6), ("/who-we-are/staff/", 13)])
def test_people_with_a_page_each_are_no_articles(place: str, count: int) -> None:
    card = '<div><img src="/p.jpg"><a href="{p}{s}"></a><div><h4><a href="{p}{s}">{n}</a></h4><div>Trustee</div><p>{t}</p><a href="{p}{s}">Learn more</a></div></div>'
    cards = "".join(card.format(p=place, s=slug(name), n=name, t=SENTENCE) for name in PEOPLE[:count])
    assert titles(f"{MENU}<main><h1>Our people</h1>{cards}</main>{FOOTER}") == []


# -------------------------------------------------------------------------------------------- what lies where


NAMES = ("Amina", "Ben", "Carla", "Dev", "Ewa", "Finn")


def test_short_titles_are_articles_where_stories_are_kept() -> None:
    card = '<div><a href="{at}{s}"><img src="/{s}.jpg"></a><h3><a href="{at}{s}">{n}’s way</a></h3><p>{p}</p><a href="{at}{s}">Read {n}’s way</a></div>'
    page = "<main><h1>All of them</h1><div>{}</div></main>"
    told = "".join(card.format(at="/stories/", s=slug(name), n=name, p=SENTENCE) for name in NAMES)
    assert titles(MENU + page.format(told) + FOOTER) == [f"{name}’s way" for name in NAMES]


def test_pictures_with_a_name_are_articles_where_stories_are_kept() -> None:
    tiles = "".join(
        f'<a href="/articles/{slug(name)}.html"><img src="/p.jpg"><div>Song for {name}</div></a>' for name in NAMES
    )
    assert titles(f"<main><h1>Poems</h1><div>{tiles}</div></main>") == [f"Song for {name}" for name in NAMES]


THINGS = {
    "chapters": '<article><a class="card" href="/docs/{s}"><h2>{t}</h2><p>{p}</p></a></article>',
    "services": '<div><img src="/i.jpg"><h3><a href="/services/{s}">{t}</a></h3><p>{p}</p></div>',
    "courses": '<div><h3><a href="/courses/{s}">{t}</a></h3><p>{p}</p></div>',
    "goods by their address": '<a href="/products/{s}"><img src="/i.jpg"><p>{t}</p><p>{p}</p></a>',
    "goods by their name": '<li class="product"><a href="/{s}/"><img src="/i.jpg"><h2>{t}</h2></a></li>',
    "months": '<li><a href="/2024/0{m}/">{month} 2024</a> ({m})</li>',
    "contents": '<li><a href="/book/{m}.html">{t}</a><ul><li><a href="/book/{m}.html#a">How it is</a></li><li><a href="/book/{m}.html#b">Whom to ask</a></li></ul></li>',
}
MONTHS = ("January", "February", "March", "April", "May", "June")


@pytest.mark.parametrize("kind", THINGS)
def test_what_a_site_has_and_how_it_works_are_no_articles(kind: str) -> None:
    rows = "".join(
        THINGS[kind].format(t=t, s=slug(t), p=SENTENCE, m=m, month=month)
        for m, (t, month) in enumerate(zip(TITLES, MONTHS, strict=True), 1)
    )
    assert titles(f"{MENU}<main><h1>What there is</h1><ul>{rows}</ul></main>{FOOTER}") == []


@pytest.mark.parametrize("marks", ["“{}”", '"{}"', "«{}»", "„{}“"])
def test_papers_that_are_quoted_beside_their_authors_have_that_title(marks: str) -> None:
    quoted = marks.format("{t}")
    row = f'<li>A. Archer and B. Baker. {quoted}. <em>Ponds and People</em>, volume {{n}}. Available: <a href="/papers/{{n}}.pdf">pdf</a>.</li>'
    found = items(f"{MENU}<main><h1>Papers</h1><ul>{repeated(row)}</ul></main>{FOOTER}")
    assert [(item.title, item.link[-14:]) for item in found] == [
        (title, f"/papers/{27 - n}.pdf") for n, title in enumerate(TITLES[:5])
    ]


def test_meetings_whose_only_links_are_their_papers_are_items() -> None:
    row = '<tr><td>{n} March 2025</td><td>{t}</td><td><a href="/m/{n}/agenda.pdf">Agenda</a> <a href="/m/{n}/minutes.pdf">Minutes</a></td></tr>'
    found = items(f"{MENU}<main><h1>Meetings</h1><table>{repeated(row)}</table></main>{FOOTER}")
    assert [(item.title, item.link[-11:], item.date is not None) for item in found] == [
        (title, "/agenda.pdf", True) for title in TITLES[:5]
    ]


def test_stories_about_people_are_articles_though_they_lie_where_people_are() -> None:
    row = '<div><h3><a href="/people/{s}">{t}</a></h3><p>{p}</p></div>'
    assert titles(f"{MENU}<main><h1>People</h1>{repeated(row)}</main>{FOOTER}") == list(TITLES[:5])


def test_newsletters_that_are_named_after_their_month_are_items() -> None:
    names = [f"{month} 2025 newsletter" for month in MONTHS]
    rows = "".join(f'<li><a href="/newsletters/{slug(name)}.pdf">{name}</a></li>' for name in names)
    assert titles(f"{MENU}<main><h1>Newsletters</h1><ul>{rows}</ul></main>{FOOTER}") == names
