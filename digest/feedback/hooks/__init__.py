"""What providers tell by webhooks: whether it is they who tell it, and what it says of whom.

Pure: what must be asked (Amazon's certificate) is handed in. Each provider's module has `is_signed` and `reports`.

::

    request ─► is_signed: by this provider, for this hook, and just now ─► reports: who bounced, complained, left

standard   Standard Webhooks, as Resend, Svix and others sign; Resend's events
mailgun    HMAC over a timestamp and a token
sendgrid   ECDSA over a timestamp and the body
ses        Amazon SES by way of SNS: RSA with a certificate of Amazon's
postmark   not signed: a password
telling    what all of them need: values of JSON that may be anything, and how reports are made of them
keys       signatures by public keys
"""
