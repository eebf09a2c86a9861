"""The types, in the order in which they come to be. Times are aware and in UTC; ids are text.

finding   Finding Severity
schedule  Span Holidays Calendar Schedule
settings  Selectors Source Theme Rule Segment FreeBlock Sender Tracking Brand OAuth Server Newsletter Workspace
source    Document PageHead Item Reading Article -> Insight
picture   Shape Picture Shaped ShownPicture
edition   Story Wording Placement Review Reviewed Block Layout Variant Written Edition Content Step
people    Subscriber Subscription Recipient
mailing   Delivery Letter Parcel Outcome
public    Public
approval  Signed Approval
reading   ReadingLink Comment
desk      Desk Role Staff Whence Sitting OneTimeLink Invitation Noted
retention Retention
returns   Returns Hook
readers   Asking Consent Notice
feedback  Reported Report
links     LinkAnswer LinkChecked
telling   Claim
rehearsal Share SampleMessage Received -> Rehearsal
api       Scope ApiToken Replay WebhookEvent Webhook WebhookMessage WebhookCount Posted
"""

from __future__ import annotations

from digest.domain.model.api import (
    BY_API,
    ApiToken,
    Posted,
    Replay,
    Scope,
    Webhook,
    WebhookCount,
    WebhookEvent,
    WebhookMessage,
)
from digest.domain.model.approval import Approval, Signed
from digest.domain.model.desk import (
    NOWHERE,
    Desk,
    Invitation,
    Matter,
    Noted,
    OneTimeLink,
    Opens,
    Role,
    Sitting,
    Staff,
    Whence,
)
from digest.domain.model.edition import (
    AS_PUBLISHED,
    NOTHING_WRITTEN,
    OTHER,
    Block,
    Content,
    Edition,
    EditionState,
    Layout,
    OwnBlock,
    Placement,
    Review,
    Reviewed,
    Step,
    Story,
    Turn,
    Variant,
    Wording,
    Written,
    worded,
)
from digest.domain.model.feedback import FeedbackKind, Report, Reported, What
from digest.domain.model.finding import Finding, Severity
from digest.domain.model.links import LinkAnswer, LinkChecked, LinkState
from digest.domain.model.mailing import (
    NEAREST,
    Accepted,
    Deferred,
    Delivery,
    DeliveryState,
    InDoubt,
    Letter,
    Outcome,
    Parcel,
    Rejected,
    Unwritable,
    Withheld,
)
from digest.domain.model.people import (
    GRAVITY,
    Cadence,
    Recipient,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from digest.domain.model.picture import Picture, PicturesBy, Shape, Shaped, ShownPicture
from digest.domain.model.public import Public, Robots
from digest.domain.model.readers import Agreed, Asking, Claimed, Consent, Notice, NoticeKind
from digest.domain.model.reading import Comment, ReadingLink
from digest.domain.model.rehearsal import Received, Rehearsal, SampleMessage, Share
from digest.domain.model.retention import Retention
from digest.domain.model.returns import Hook, HookProvider, Returns
from digest.domain.model.schedule import Calendar, Holidays, Schedule, Span, Unapproved
from digest.domain.model.settings import (
    FREE_BLOCKS,
    NO_SELECTORS,
    Brand,
    Dkim,
    DomainLimit,
    FreeBlock,
    Look,
    Newsletter,
    OAuth,
    OAuthProvider,
    Rule,
    Segment,
    Selectors,
    Sender,
    Server,
    Source,
    SourceKind,
    Theme,
    Tracking,
    WarmUp,
    Waves,
    Workspace,
)
from digest.domain.model.source import (
    NO_VALIDATORS,
    Article,
    DateFrom,
    Document,
    Gathered,
    Insight,
    Item,
    PageHead,
    Reading,
    Validators,
)
from digest.domain.model.telling import Claim, Telling
from digest.domain.model.tls import Tls

__all__ = [
    "AS_PUBLISHED",
    "BY_API",
    "FREE_BLOCKS",
    "GRAVITY",
    "NEAREST",
    "NOTHING_WRITTEN",
    "NOWHERE",
    "NO_SELECTORS",
    "NO_VALIDATORS",
    "OTHER",
    "Accepted",
    "Agreed",
    "ApiToken",
    "Approval",
    "Article",
    "Asking",
    "Block",
    "Brand",
    "Cadence",
    "Calendar",
    "Claim",
    "Claimed",
    "Comment",
    "Consent",
    "Content",
    "DateFrom",
    "Deferred",
    "Delivery",
    "DeliveryState",
    "Desk",
    "Dkim",
    "Document",
    "DomainLimit",
    "Edition",
    "EditionState",
    "FeedbackKind",
    "Finding",
    "FreeBlock",
    "Gathered",
    "Holidays",
    "Hook",
    "HookProvider",
    "InDoubt",
    "Insight",
    "Invitation",
    "Item",
    "Layout",
    "Letter",
    "LinkAnswer",
    "LinkChecked",
    "LinkState",
    "Look",
    "Matter",
    "Newsletter",
    "Noted",
    "Notice",
    "NoticeKind",
    "OAuth",
    "OAuthProvider",
    "OneTimeLink",
    "Opens",
    "Outcome",
    "OwnBlock",
    "PageHead",
    "Parcel",
    "Picture",
    "PicturesBy",
    "Placement",
    "Posted",
    "Public",
    "Reading",
    "ReadingLink",
    "Received",
    "Recipient",
    "Rehearsal",
    "Rejected",
    "Replay",
    "Report",
    "Reported",
    "Retention",
    "Returns",
    "Review",
    "Reviewed",
    "Robots",
    "Role",
    "Rule",
    "SampleMessage",
    "Schedule",
    "Scope",
    "Segment",
    "Selectors",
    "Sender",
    "Server",
    "Severity",
    "Shape",
    "Shaped",
    "Share",
    "ShownPicture",
    "Signed",
    "Sitting",
    "Source",
    "SourceKind",
    "Span",
    "Staff",
    "Step",
    "Story",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "SuppressionReason",
    "Telling",
    "Theme",
    "Tls",
    "Tracking",
    "Turn",
    "Unapproved",
    "Unwritable",
    "Validators",
    "Variant",
    "WarmUp",
    "Waves",
    "Webhook",
    "WebhookCount",
    "WebhookEvent",
    "WebhookMessage",
    "What",
    "Whence",
    "Withheld",
    "Wording",
    "Workspace",
    "Written",
    "worded",
]
