"""Certificates for the mailbox's server: those of the mail servers' tests."""

from tests.contract.conftest import certificates

__all__ = ["certificates"]
