"""Roster: the administration of a Sentry server's organisation, new or old, or of GlitchTip's.

https://docs.sentry.io/api/organizations/, https://docs.sentry.io/api/teams/ and https://docs.sentry.io/api/projects/.
"""

from vedette.integrations.sentry.roster.client import SentryRoster

__all__ = ["SentryRoster"]
