"""Django as a peer of bench/send.py: EmailMultiAlternatives over one connection, as its manual shows it.

python -m bench.mail.django_peer PORT MESSAGES < {"html": …, "text": …, "subject": …}

It prints a line of JSON with the messages a second.
"""

from __future__ import annotations

import json
import sys
import time

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection


def main() -> int:
    """Send; return the exit code."""
    port, messages = int(sys.argv[1]), int(sys.argv[2])
    variant = json.load(sys.stdin)
    settings.configure(DEFAULT_CHARSET="utf-8", USE_TZ=True)
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port)
    began = time.monotonic()
    connection.open()
    for number in range(messages):
        name = f"Reader {number}"
        message = EmailMultiAlternatives(
            variant["subject"],
            variant["text"].replace("NAME", name),
            "The Letter <news@example.org>",
            [f"{name} <reader{number}@example.net>"],
            headers={"List-Unsubscribe": f"<https://example.org/u/{number}>"},
            connection=connection,
        )
        message.attach_alternative(variant["html"].replace("NAME", name), "text/html")
        message.send()
    connection.close()
    print(json.dumps({"rate": messages / (time.monotonic() - began)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
