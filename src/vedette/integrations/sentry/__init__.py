"""Sentry: sentry.io, self-hosted Sentry from 9.1 on, and GlitchTip, in the role of a Source.

https://docs.sentry.io/api/ and https://docs.sentry.io/organization/integrations/integration-platform/webhooks/.
"""

from vedette.integrations.sentry.client import SentrySource
from vedette.ports.roles import Integration

INTEGRATION = Integration(source=SentrySource)

__all__ = ["INTEGRATION", "SentrySource"]
