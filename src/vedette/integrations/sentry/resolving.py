"""Resolving: an issue is marked as resolved, now or in the next release, in the words that each server knows.

https://docs.sentry.io/api/events/update-an-issue/. GlitchTip knows no releases to wait for and answers 422.
"""

from vedette.errors import Refused
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.talker import SentryTalker
from vedette.model.issues import IssueKey
from vedette.model.policies import OnDone
from vedette.model.settings import Dialect
from vedette.ports.http import Fence


def resolve(talker: SentryTalker, addresses: Addresses, key: IssueKey, *, how: OnDone, fence: Fence) -> None:
    """Mark the issue; a repeat changes nothing. Raises `Refused` with the cure."""
    in_next = how is OnDone.RESOLVE_IN_NEXT_RELEASE
    if in_next and addresses.dialect is Dialect.GLITCHTIP:
        raise Refused(f"GlitchTip cannot resolve {key} in the next release: write `on_done: resolve`", status=422)
    body = {"status": "resolvedInNextRelease" if in_next else "resolved"}
    try:
        talker.write("PUT", addresses.issue(key.id), fence=fence, json=body)
    except Refused as refused:
        if refused.status == 403:
            cure = "give the token event:write, or write `on_done: nothing`"
        elif in_next and refused.status == 400:
            cure = "has the project releases? else write `on_done: resolve`"
        else:
            raise
        raise Refused(f"{refused}; {cure}", status=refused.status) from None
