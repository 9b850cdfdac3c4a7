"""Asana as a tracker: tasks in the sections of projects, found again by a text field or a line of their notes.

Documentation: https://developers.asana.com/reference/rest-api-reference
"""

from vedette.integrations.asana.config import Config
from vedette.integrations.asana.hooks import HOOKS
from vedette.integrations.asana.tracker import AsanaTracker
from vedette.ports.roles import Integration

INTEGRATION = Integration(config=Config, tracker=AsanaTracker.from_settings, placing=True, hooks=HOOKS)

__all__ = ["INTEGRATION", "AsanaTracker", "Config"]
