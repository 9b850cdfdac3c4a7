"""Sentry: sentry.io, self-hosted Sentry from 9.1 on, and GlitchTip, as a Source of errors and as a Roster.

https://docs.sentry.io/api/ and https://docs.sentry.io/organization/integrations/integration-platform/webhooks/.
"""

from vedette.integrations.sentry.client import SentrySource
from vedette.integrations.sentry.roster import SentryRoster
from vedette.ports.roles import Integration

INTEGRATION = Integration(source=SentrySource, roster=SentryRoster)

__all__ = ["INTEGRATION", "SentryRoster", "SentrySource"]
