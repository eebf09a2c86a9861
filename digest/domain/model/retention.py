"""What digest.toml says of how long what is known of people is kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Months after which something is forgotten; 0 for never."""

    #: people who left everything, or whose mail came back: a hash stays that keeps them off
    left_months: int = 0
    #: what mail servers answered about single people
    replies_months: int = 12
    #: bounces and complaints one by one; who is kept off because of them stays so
    feedback_months: int = 12
    #: what staff did on the desk; editions keep their histories
    audit_months: int = 24
