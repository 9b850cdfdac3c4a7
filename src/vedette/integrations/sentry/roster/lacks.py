"""Lacks: what a server has not got, or a token may not see, in words that a plan shows; a table."""

from vedette.model.settings import Dialect

TEAM_ROLES = "roles in teams: this server, or its plan, has none"
TEAM_NAMES = "names of teams: GlitchTip's teams have a slug only"
OPTIONS = "subject prefix, fields, resolve age and allowed domains of projects: GlitchTip has none"
OWNERSHIP = "ownership rules: GlitchTip has none"
ALERT_RULES = "issue alert rules as Sentry has them: GlitchTip has alerts of its own"
SETTINGS = "organisation settings: GlitchTip lets nobody set them by its interface"
REQUESTS = "access requests: GlitchTip has none"
THROTTLE = "throttling of a project: Sentry has it by key, not by project"
QUIET_INVITES = "invitations that are not written to the person: 9.1 always sends them"
UNREAD_OWNERSHIP = "ownership rules: the token may not read them; give it project:read"
UNREAD_ALERTS = "issue alert rules: the token may not read them; give it project:read"
CALLER = "whose token it is: the server does not tell; protect its account by name"
SSO = "whether single sign-on is required: this server does not tell"
JOIN_REQUESTS = "requests to join: this server has no such setting"

#: By dialect, what is known without asking.
BY_DIALECT = {
    Dialect.SENTRY: (THROTTLE,),
    Dialect.SENTRY9: (TEAM_ROLES, THROTTLE, QUIET_INVITES),
    Dialect.GLITCHTIP: (TEAM_ROLES, TEAM_NAMES, OPTIONS, OWNERSHIP, ALERT_RULES, SETTINGS, REQUESTS),
}
