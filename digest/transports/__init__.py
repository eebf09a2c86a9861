"""Out: smtp (to a mail server), outbox (files), mime (the bytes), sink (a mail server to try things on)."""
