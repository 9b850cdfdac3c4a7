"""Refusals: what a server means where it will not make a change, and what to do about it; pure.

The sentences are those of sentry.io, 23.7.1, 9.1.2 and GlitchTip. A 403 is no proof that the token is bad: the last
owner, an identity provider and a role that is too strong are told with the same number.
"""

import re
from dataclasses import dataclass

#: What this file speaks of; every other status means what it means everywhere.
STATUSES = frozenset({400, 403, 404, 409, 422})
_SCOPES = "give the token org:write, member:admin, team:admin and project:admin, and its holder the role of an owner"
_PERSON = "this takes a person's token, not an integration's, and a role of theirs that is at least as strong"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What to do, and whether it is the credentials that are at fault."""

    cure: str = ""
    credentials: bool = False


# The first that fits.
_KNOWN: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning)
    for pattern, meaning in (
        (
            r"only remaining owner|at least one owner|is organization owner",
            Meaning("make somebody else an owner of the organisation first"),
        ),
        (r"identity provider", Meaning("change it in the identity provider, which manages this")),
        (r"managed by an active partnership", Meaning("the partner manages this member; ask there")),
        (r"changes to your own role", Meaning("nobody changes their own role; another owner has to do it")),
        (
            r"permission to (assign|set|edit that user)|more access than you|integration tokens are restricted",
            Meaning(_PERSON),
        ),
        (
            r"deprecated and may no longer be assigned",
            Meaning("declare another role: this plan gives admins their rights by roles in teams"),
        ),
        (r"cannot have team-level permissions", Meaning("take the teams from whoever has that role")),
        (r"not allowed to invite members", Meaning("the organisation's plan or settings forbid invitations")),
        (r"only existing users may be invited", Meaning("let the person register first, or open registration")),
        (r"expired invitation without regenerating", Meaning("the token lacks member:admin, which makes it anew")),
        (r"internally used by sentry", Meaning("it is the server's own project; protect it")),
        (r"missing the [\w:]+ scope|permission to perform this action", Meaning(_SCOPES, credentials=True)),
        (r"^(permission denied|forbidden)\.?$|must be admin to modify", Meaning(_SCOPES, credentials=True)),
    )
)


def meaning(message: str, *, status: int) -> Meaning:
    """What the server's words mean; a 403 without any is the credentials' fault."""
    found = next((meaning for pattern, meaning in _KNOWN if pattern.search(message)), None)
    if found is None and status == 403 and not message:
        return Meaning(_SCOPES, credentials=True)
    return found or Meaning()


def with_cure(told: str, cure: str) -> str:
    """The server's words and the cure as one sentence."""
    return f"{told.rstrip('.')}; {cure}" if cure else told
