"""What digest.toml says. config/ builds these types and knows each value's line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from digest.domain.model.desk import Desk
from digest.domain.model.picture import PicturesBy
from digest.domain.model.public import Public
from digest.domain.model.retention import Retention
from digest.domain.model.returns import Hook, Returns
from digest.domain.model.tls import Tls

#: how a document is read; sources/__init__.py names the module of each
SourceKind = Literal["feed", "page", "sitemap", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Where on a page the parts of its items are, as CSS selectors; what is empty is inferred."""

    #: each match is one item; the others are looked for inside it
    item: str = ""
    title: str = ""
    link: str = ""
    summary: str = ""
    date: str = ""
    author: str = ""
    image: str = ""


#: everything is inferred
NO_SELECTORS = Selectors()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that is asked for news."""

    id: str
    kind: SourceKind
    #: an http(s) address, or a path inside the workspace for kind "file"
    address: str
    #: what readers see as the origin of its insights
    name: str = ""
    #: where readers are sent when an insight has no link of its own
    website: str = ""
    #: ask it even where its address is on this machine or a private network
    allow_private: bool = False
    #: its language, as a BCP 47 tag; helps to read dates
    language: str = "en"
    #: for pages whose list cannot be inferred
    selectors: Selectors = NO_SELECTORS
    #: look at each new article's own page for what the source leaves out: picture, author, date, summary
    articles: bool = False
    #: take only addresses whose path begins like this, such as "/news/"; empty for all
    under: str = ""
    #: addresses that it shows among its articles and that are none, such as those of a menu
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A heading that stories stand under, and what makes a story belong there."""

    id: str
    name: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    #: categories of feeds that mean this theme
    categories: tuple[str, ...] = ()
    #: titles of insights that belong there
    examples: tuple[str, ...] = ()
    #: how much its stories count against others'
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What always stands under a theme. All that is given must hold."""

    #: a theme's id, or OTHER
    theme: str
    #: a title, with its summary or without: insights like this
    like: str = ""
    #: words that must all stand in title or summary
    words: tuple[str, ...] = ()
    #: id of the source it comes from
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Who gets it: a rule over subscribers (see stages/segment/rules.py). No rule means everybody."""

    id: str
    name: str
    rule: Mapping[str, object] = field(default_factory=dict)
    #: ids of the themes that stand before the others in what it gets
    themes: tuple[str, ...] = ()


#: above the top story, below it, or above the footer
FreePlace = Literal["top", "middle", "end"]

#: what staff may put beside stories without templates of their own -> what each must be given
FREE_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "event": ("title", "when"),
    "quote": ("text",),
    "button": ("words", "link"),
    "picture": ("picture", "alt"),
    "divider": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeBlock:
    """Something of staff's own in every edition until it is taken out. Each kind shows what it is given of this."""

    #: one of FREE_BLOCKS, or the name of a pair of templates of one's own in templates/blocks
    kind: str
    place: FreePlace = "end"
    title: str = ""
    #: paragraphs, parted by an empty line; may hold placeholders
    text: str = ""
    #: of an event, in words
    when: str = ""
    where: str = ""
    #: who said it
    who: str = ""
    #: where it leads, and the words of the link
    link: str = ""
    words: str = ""
    #: address of a picture, and what it shows for those who do not see it
    picture: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an edition is due: one local time on one or more days of the week."""

    #: names of days, such as "tuesday"
    days: tuple[str, ...] = ("tuesday",)
    #: local time, HH:MM
    at: str = "08:00"
    #: IANA name of the time zone
    timezone: str = "Europe/London"
    #: hours before the slot at which insights are collected and the draft is made
    draft_hours_before: int = 26
    #: hours after which `digest run` asks a source again
    collect_every_hours: int = 24
    #: a slot missed by no more than this many hours is caught up; an older one is recorded as missed
    catch_up_hours: int = 12
    #: hours for which people whom a mail server puts off are tried again
    give_up_hours: int = 24
    #: minutes before the slot in which everybody can see that it leaves, and take it back; 0 for none
    holding_minutes: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """How an edition leaves: to staff, to a few, to everybody (stages/waves.py)."""

    #: id of the segment of those who get it first; empty for nobody
    seeds: str = ""
    #: so many per cent get it before the rest; 0 for nobody
    canary_percent: float = 2.0
    #: an edition for fewer people has no canary
    canary_from: int = 1_000
    #: minutes between the canary and the rest
    wait_minutes: int = 5
    #: an edition is paused when more than so many per cent are refused
    stop_percent: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the mail is from."""

    name: str
    address: str
    reply_to: str = ""
    #: the person who reads the answers
    reply_to_name: str = ""
    #: where a mail that asks to unsubscribe may be sent; empty for none
    unsubscribe_mailto: str = ""
    #: where mail comes back that cannot be delivered, each with a mark that says whose it was; empty: to `address`
    bounces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What is learnt from the links to stories, here and by the sites they lead to. Nothing, unless it is wanted."""

    #: links in emails lead through the public pages, which count how often each is followed on a day, and by nobody
    clicks: bool = False
    #: links bear tags for the statistics of the sites they lead to
    utm: bool = False
    #: empty: the newsletter's id
    utm_source: str = ""
    utm_medium: str = "email"
    #: empty: the edition's id
    utm_campaign: str = ""


#: links lead where they lead, and say nothing else
NO_TRACKING = Tracking()


#: stories on cards, or on one page like a letter
Look = Literal["card", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What the organisation looks like, and what the law wants to be told (UK: PECR, Companies Act)."""

    organisation: str
    legal_name: str
    postal_address: str
    website: str = ""
    privacy_url: str = ""
    #: colours as #rrggbb, for light and for dark surroundings
    accent: str = "#0b5cad"
    accent_dark: str = "#7cc4fa"
    #: how the email is dressed; templates/looks has one of each name
    look: Look = "card"
    #: CSS font families for texts and for headings; empty: those of the look
    font: str = ""
    heading_font: str = ""
    #: address of the organisation's sign, and how wide it is shown, in px
    logo: str = ""
    logo_width: int = 160
    language: str = "en"
    #: how readers get the pictures of stories
    pictures: PicturesBy = "embedded"
    #: texts instead of the program's own in the email, by their key (docs/words.md)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """A plan for a sender that nobody knows yet: a little on the first day, more on each that follows."""

    #: the first day
    starts: date
    #: messages on it; on each day after it `factor` times as many as on the day before
    first_day: int = 50
    factor: float = 1.5


#: those whose addresses and scopes the program knows
OAuthProvider = Literal["google", "microsoft"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """How somebody signs in for a mail server that wants no password (OAuth 2.0, RFC 6749).

    Either a provider is named, or its addresses and scopes are given.
    """

    #: what the provider calls this program
    client_id: str
    provider: OAuthProvider | None = None
    #: which organisations' accounts, as Microsoft tells them apart
    tenant: str = "common"
    #: where a person signs in, and where tokens are given (RFC 6749 3.1, 3.2)
    authorize_url: str = ""
    token_url: str = ""
    #: what a token is good for (RFC 6749 3.3)
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server. The password comes from the environment (DIGEST_SMTP_PASSWORD or _FILE)."""

    #: where there are several: its name in reports, and in the name of its password's variable
    id: str = ""
    #: smtp://[user@]host[:port]
    url: str = "smtp://127.0.0.1:25"
    tls: Tls = "starttls"
    #: seconds to wait for a connection and for each answer; RFC 5321 4.5.3.2 asks for 10 minutes
    timeout: int = 600
    #: lines at the same time; many providers allow three
    connections: int = 2
    #: after so many messages, or seconds, a line is made anew: servers and what stands before them like them short
    messages_a_connection: int = 100
    seconds_a_connection: int = 300
    #: where there are several servers: how much of the mail goes through this one
    weight: int = 1
    #: no more than so many; 0 for no limit
    messages_a_minute: int = 0
    messages_a_day: int = 0
    warm_up: WarmUp | None = None
    #: a sign-in instead of the password
    oauth: OAuth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainLimit:
    """What one mail provider is sent, with all domains whose mail it takes."""

    #: one of its domains, such as gmail.com
    domain: str
    #: at most; 0 for no limit
    messages_a_minute: int = 0
    connections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """A key that mail is signed with; the key itself lies in the workspace's private folder."""

    domain: str
    selector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """What people subscribe to."""

    id: str
    name: str
    sender: Sender
    schedule: Schedule = field(default_factory=Schedule)
    waves: Waves = field(default_factory=Waves)
    #: why a reader gets it, in one sentence for the footer
    why: str = ""
    #: text above the stories; may hold placeholders such as {{ first_name | there }}
    introduction: str = ""
    #: what an earlier edition got wrong, in a note above the introduction; may hold placeholders, too
    correction: str = ""
    sources: tuple[Source, ...] = ()
    themes: tuple[Theme, ...] = ()
    #: asked in their order before themes are weighed
    rules: tuple[Rule, ...] = ()
    #: abbreviation -> what it stands for, beside those of English schools that the program knows
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    #: what stands in the email beside stories
    blocks: tuple[FreeBlock, ...] = ()
    tracking: Tracking = NO_TRACKING
    #: file of its subscribers inside the workspace; each newsletter has its own
    subscribers: str = "subscribers.csv"
    #: fewer new stories than this and the edition is skipped, with that reason
    minimum_stories: int = 1
    #: at most so many stories in an edition, and under one theme
    maximum_stories: int = 24
    maximum_per_theme: int = 6
    #: the top story and so many others stand with their summaries, the rest in brief
    stories_in_full: int = 12
    #: people who must approve an edition, 1 or 2, and whether who changed it since it was approved last may be one
    approvals: int = 1
    author_may_approve: bool = True
    #: who is asked to approve it, and who is where nobody has so many hours before the slot
    approver: str = ""
    stand_in: str = ""
    stand_in_hours: int = 4
    #: what is older than so many days at the slot does not go in; 0 for no limit
    maximum_age_days: int = 60
    #: at most so many variants an edition
    maximum_variants: int = 24
    #: a consent record older than so many months is old; 0 where none ever is
    consent_months: int = 24
    #: stories of the last so many weeks are kept for those who did not get them; 0 for none
    catch_up_weeks: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """All that digest.toml says."""

    #: https address of the public pages, empty where there are none; links in mails are built on it alone
    base_url: str
    brand: Brand
    newsletters: tuple[Newsletter, ...]
    #: address of a database of PostgreSQL that holds all state; empty: a file beside digest.toml
    database: str = ""
    server: Server = field(default_factory=Server)
    #: further ones, which share the mail with it and take over where it fails
    servers: tuple[Server, ...] = ()
    domains: tuple[DomainLimit, ...] = ()
    #: none: the relay signs, or nobody
    dkim: tuple[Dkim, ...] = ()
    #: processes that sign with them; 0: the one that sends
    dkim_processes: int = 0
    public: Public = field(default_factory=Public)
    desk: Desk = field(default_factory=Desk)
    #: where mail lies that came back
    returns: Returns = field(default_factory=Returns)
    retention: Retention = field(default_factory=Retention)
    #: providers that tell what became of the mail
    hooks: tuple[Hook, ...] = ()
