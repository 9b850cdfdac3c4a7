"""The YAML as pydantic models: one file per part, each block knows its frozen twin in `model.settings`.

Descriptions are the text of the settings page and of the editors' JSON Schema; usual values come from the frozen twins,
so that there is one source of them.
"""

from vedette.config.schema.notifiers import NotifierBlock
from vedette.config.schema.root import SettingsFile
from vedette.config.schema.sinks import SinkBlock
from vedette.config.schema.trackers import TrackerBlock

__all__ = ["NotifierBlock", "SettingsFile", "SinkBlock", "TrackerBlock"]
