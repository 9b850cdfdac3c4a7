"""Jira, Cloud (REST v3, Atlassian documents) and Data Center (REST v2, wiki text), as a tracker.

Documentation: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and
https://developer.atlassian.com/server/jira/platform/rest/v10000/
"""

from vedette.integrations.jira.config import Config
from vedette.integrations.jira.hooks import HOOKS
from vedette.integrations.jira.tracker import JiraTracker
from vedette.ports.roles import Integration

INTEGRATION = Integration(config=Config, tracker=JiraTracker.from_settings, hooks=HOOKS)

__all__ = ["INTEGRATION", "Config", "JiraTracker"]
