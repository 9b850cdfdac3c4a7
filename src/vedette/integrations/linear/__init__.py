"""Linear, by its GraphQL interface, as a tracker: https://linear.app/developers/graphql."""

from vedette.integrations.linear.config import Config
from vedette.integrations.linear.hooks import HOOKS
from vedette.integrations.linear.tracker import LinearTracker
from vedette.ports.roles import Integration

INTEGRATION = Integration(config=Config, tracker=LinearTracker.from_settings, hooks=HOOKS)

__all__ = ["INTEGRATION", "Config", "LinearTracker"]
