"""Hooks: what may be wrong with those who tell what became of the mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest.config.lines import ValuePath
from digest.domain.model import Hook

#: the environment variable that holds what a provider's requests are signed with; it ends with the hook's id
HOOK_VARIABLE = "DIGEST_HOOK_SECRET"
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]{1,30}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}")


def faults(hooks: Sequence[Hook], at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for the providers that tell what became of the mail."""
    for number, hook in enumerate(hooks):
        path = (*at, number, "topic")
        if hook.provider != "ses" and hook.topic:
            yield path, "Only Amazon (“ses”) has topics.", "Remove the line."
        if hook.provider == "ses" and not _TOPIC.fullmatch(hook.topic):
            what = f"“{hook.topic}” is no topic of Amazon SNS." if hook.topic else "“topic” is missing."
            yield path, what, "Write its ARN, such as arn:aws:sns:eu-west-2:123456789012:bounces."
