"""Lacks: what a server has not got, or a token may not see; a table of names that rules know, and of words."""

from vedette.model.org import Lack
from vedette.model.settings import Dialect

REQUESTS = "access requests: GlitchTip has none"
LOUD_INVITATIONS = "quiet invitations: this server writes to everybody whom it invites"
UNREAD_OWNERSHIP = "ownership rules: the token may not read them; give it project:read"
UNREAD_ALERTS = "alert rules: the token may not read them; give it project:read"
CALLER = Lack.CALLER.value
SSO = "whether single sign-on is required: this server does not tell"
JOIN_REQUESTS = "requests to join: this server has no such setting"

#: By dialect, what is known without asking. GlitchTip answers addresses that it lacks with a page and 200.
BY_DIALECT: dict[Dialect, tuple[str, ...]] = {
    Dialect.SENTRY: (),
    Dialect.SENTRY9: (Lack.TEAM_ROLES, LOUD_INVITATIONS),
    Dialect.GLITCHTIP: (
        Lack.TEAM_ROLES,
        Lack.TEAM_NAMES,
        Lack.ORGANIZATION,
        Lack.OWNERSHIP,
        Lack.ALERT_RULES,
        REQUESTS,
        LOUD_INVITATIONS,
    ),
}
