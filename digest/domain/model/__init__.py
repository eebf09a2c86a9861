"""The types, in the order in which they come to be. Times are aware and in UTC; ids are text.

finding   Finding Severity
settings  Selectors Source Theme Rule Segment FreeBlock Schedule Sender Tracking Brand Server Newsletter Workspace
source    Document PageHead Item Reading Article -> Insight
picture   Shape Picture Shaped ShownPicture
edition   Story Placement Review Reviewed Block Layout Variant Edition
people    Subscriber Subscription Recipient
mailing   Delivery Letter Parcel Outcome
"""

from __future__ import annotations

from digest.domain.model.edition import (
    OTHER,
    Block,
    Edition,
    EditionState,
    Layout,
    Placement,
    Review,
    Reviewed,
    Story,
    Variant,
)
from digest.domain.model.finding import Finding, Severity
from digest.domain.model.mailing import (
    Accepted,
    Deferred,
    Delivery,
    DeliveryState,
    InDoubt,
    Letter,
    Outcome,
    Parcel,
    Rejected,
    Withheld,
)
from digest.domain.model.people import Cadence, Recipient, Subscriber, Subscription, SubscriptionState
from digest.domain.model.picture import Picture, PicturesBy, Shape, Shaped, ShownPicture
from digest.domain.model.settings import (
    FREE_BLOCKS,
    NO_SELECTORS,
    Brand,
    Dkim,
    FreeBlock,
    Look,
    Newsletter,
    Rule,
    Schedule,
    Segment,
    Selectors,
    Sender,
    Server,
    Source,
    SourceKind,
    Theme,
    Tls,
    Tracking,
    WarmUp,
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

__all__ = [
    "FREE_BLOCKS",
    "NO_SELECTORS",
    "NO_VALIDATORS",
    "OTHER",
    "Accepted",
    "Article",
    "Block",
    "Brand",
    "Cadence",
    "DateFrom",
    "Deferred",
    "Delivery",
    "DeliveryState",
    "Dkim",
    "Document",
    "Edition",
    "EditionState",
    "Finding",
    "FreeBlock",
    "Gathered",
    "InDoubt",
    "Insight",
    "Item",
    "Layout",
    "Letter",
    "Look",
    "Newsletter",
    "Outcome",
    "PageHead",
    "Parcel",
    "Picture",
    "PicturesBy",
    "Placement",
    "Reading",
    "Recipient",
    "Rejected",
    "Review",
    "Reviewed",
    "Rule",
    "Schedule",
    "Segment",
    "Selectors",
    "Sender",
    "Server",
    "Severity",
    "Shape",
    "Shaped",
    "ShownPicture",
    "Source",
    "SourceKind",
    "Story",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "Theme",
    "Tls",
    "Tracking",
    "Validators",
    "Variant",
    "WarmUp",
    "Withheld",
    "Workspace",
]
