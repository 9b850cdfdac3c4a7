"""GitHub, on github.com or an Enterprise Server: its issues as a tracker (https://docs.github.com/en/rest/issues), and
its profiles as those who know people's addresses.
"""

from vedette.integrations.github.config import Config
from vedette.integrations.github.hooks import HOOKS
from vedette.integrations.github.people import GitHubPeople
from vedette.integrations.github.tracker import GitHubTracker
from vedette.ports.roles import Integration

INTEGRATION = Integration(
    config=Config, tracker=GitHubTracker.from_settings, hooks=HOOKS, people=GitHubPeople.from_settings
)

__all__ = ["INTEGRATION", "Config", "GitHubPeople", "GitHubTracker"]
