"""Digest: collects new insights, groups them by theme, and mails what people approved, once to each."""
