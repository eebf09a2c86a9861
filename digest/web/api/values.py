"""Values: JSON as it comes in and goes out. What comes in holds nothing unknown, and no number where a text belongs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from digest.domain.errors import DigestError, Unfit
from digest.domain.model import Finding
from digest.jobs import people


class Shown(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Sent(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("write it as 2026-11-24T08:00:00Z")
    try:
        made = datetime.fromisoformat(value)
        if made.tzinfo is None:
            raise ValueError
        return made.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("write it as 2026-11-24T08:00:00Z") from None


#: a time as RFC 3339 has it; one without a zone says nothing
Moment = Annotated[
    datetime,
    Strict(False),
    BeforeValidator(_moment),
    Field(json_schema_extra={"type": "string", "format": "date-time"}),
]
#: a line of text, which no control character breaks
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
#: whether it is an address is judged as everywhere else
Address = Annotated[
    str,
    Field(min_length=3, max_length=254, pattern=r"^[^\x00-\x20\x7f]+@[^\x00-\x20\x7f]+$", examples=["ada@example.org"]),
]


class AddressAlone(Sent):
    """Somebody, by their address. It stands in no URL: servers on the way write those down."""

    address: Address


def compared(address: str) -> str:
    """Return the spelling by which an address is compared; raises Unfit where it is none."""
    try:
        return people.compared(address)
    except DigestError as fault:
        raise Unfit({"address": fault.what}) from fault


class Remark(Shown):
    """Something to mend, or to look at."""

    code: str = Field(description="A short name that does not change.")
    severity: str = Field(description="must mend, look at, or note")
    where: str
    what: str
    why: str
    mend: str


def remark(finding: Finding) -> Remark:
    """Return a finding as it goes out."""
    return Remark(
        code=finding.code,
        severity=str(finding.severity),
        where=finding.where,
        what=finding.what,
        why=finding.why,
        mend=finding.mend,
    )
