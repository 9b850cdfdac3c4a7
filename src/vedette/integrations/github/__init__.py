"""GitHub Issues, on github.com or an Enterprise Server, as a tracker: https://docs.github.com/en/rest/issues."""

from vedette.integrations.github.config import Config
from vedette.integrations.github.hooks import HOOKS
from vedette.integrations.github.tracker import GitHubTracker
from vedette.ports.roles import Integration

INTEGRATION = Integration(config=Config, tracker=GitHubTracker.from_settings, hooks=HOOKS)

__all__ = ["INTEGRATION", "Config", "GitHubTracker"]
