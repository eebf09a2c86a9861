"""One transaction's view of the store, over a connection in which it was begun."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from digest.domain.ports import Session, Tasks
from digest.store.access import SqlAccess
from digest.store.api import SqlApiTokens
from digest.store.archive import SqlArchive
from digest.store.attending import SqlAttending
from digest.store.audit import SqlAudit
from digest.store.clicks import SqlClicks
from digest.store.deliveries import SqlDeliveries
from digest.store.editions import SqlEditions
from digest.store.exclusions import SqlExclusions
from digest.store.feedback import SqlFeedback
from digest.store.following import SqlFollowing
from digest.store.growth import SqlGrowth
from digest.store.insights import SqlInsights
from digest.store.invitations import SqlInvitations
from digest.store.links import SqlLinks, SqlTellings
from digest.store.people import SqlPeople
from digest.store.pictures import SqlPictures
from digest.store.readers import SqlReaders
from digest.store.reading import SqlReadingLinks
from digest.store.reviews import SqlReviews, SqlVectors
from digest.store.rights import SqlRights
from digest.store.search import SqlSearch
from digest.store.searching import SqlSearching
from digest.store.segments import SqlSegments
from digest.store.usage import SqlUsage
from digest.store.webhooks import SqlWebhooks


@dataclass(frozen=True, slots=True)
class SqlSession(Session):
    """A session with its connection: what must be committed together with it may be done there as well."""

    connection: sa.Connection


def session(connection: sa.Connection, tasks: Tasks) -> SqlSession:
    """Return the view of the transaction that was begun on a connection; tasks: what is wanted with it."""
    return SqlSession(
        SqlInsights(connection),
        SqlEditions(connection),
        SqlPeople(connection),
        SqlDeliveries(connection),
        SqlReviews(connection),
        SqlVectors(connection),
        SqlPictures(connection),
        SqlExclusions(connection),
        SqlUsage(connection),
        SqlReaders(connection),
        SqlRights(connection),
        SqlGrowth(connection),
        SqlSegments(connection),
        SqlFeedback(connection),
        SqlArchive(connection),
        SqlClicks(connection),
        SqlAccess(connection),
        SqlInvitations(connection),
        SqlAudit(connection),
        SqlReadingLinks(connection),
        SqlFollowing(connection),
        SqlLinks(connection),
        SqlTellings(connection),
        SqlSearch(connection),
        SqlApiTokens(connection),
        SqlWebhooks(connection),
        SqlSearching(connection),
        tasks,
        SqlAttending(connection),
        connection,
    )
