"""The trackers of a storm: which stand-in plays each, what it may do wrong, and how the settings name it."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import msgspec

from vedette.sandbox.stage.settings import amended

# (what is asked, what goes wrong, how often); a stand-in plays those that it knows.
_RATES = (
    ("create", "commit-hang", 0.02),
    ("create", "commit-reset", 0.03),
    ("create", "commit-502", 0.03),
    ("create", "commit-truncate", 0.03),
    ("create", "commit-late", 0.03),
    ("create", "commit-internal", 0.02),
    ("write", "reset", 0.02),
    ("write", "error-500", 0.02),
    ("write", "internal", 0.01),
    ("write", "conflict", 0.01),
    ("any", "error-503", 0.01),
    ("any", "maintenance", 0.01),
    ("any", "limit-seconds", 0.01),
    ("any", "limit-date", 0.01),
    ("any", "limited", 0.01),
    ("read", "hang", 0.002),
)
# Each of these at least once in every storm, whatever the dice say.
_SCRIPTED = ("commit-hang", "commit-reset", "commit-502", "commit-truncate", "commit-late", "error-500")


@dataclass(frozen=True, slots=True)
class Cast:
    """How one kind of tracker takes part; `settings` are its keys in vedette.yaml, `{url}` being the stand-in's."""

    kind: str
    project: str
    settings: Mapping[str, str]
    type: str = ""
    arguments: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)

    def configuration(self, *, scale: float, late_by: tuple[float, float]) -> bytes:
        """The stand-in's configuration as JSON, every duration divided by `scale`."""
        changes = {
            "rates": [
                {"on": on, "kind": kind, "chance": chance} for on, kind, chance in _RATES if kind in self._kinds()
            ],
            "late_by": late_by,
            "hang_most": 60.0,
            "retry_after": (1, 2),
            "time_scale": 1.0 / scale,
            "seed": 4512,
            **self.changes,
        }
        made: bytes = msgspec.json.encode(amended(self._module("demo").demo(), changes))
        return made

    def scripted(self) -> list[dict[str, str]]:
        """The faults that are certain."""
        return [{"kind": kind, "on": "create"} for kind in _SCRIPTED if kind in self._kinds()]

    def block(self, url: str, *, timeout: str) -> str:
        """The tracker's block in vedette.yaml."""
        keys = {name: value.format(url=url) for name, value in self.settings.items()}
        common = {"rate_per_s": "500", "concurrency": "12", "timeout": timeout, "token": "env/TRACKER_TOKEN"}
        lines = [f"    {name}: {value}" for name, value in ({"kind": self.kind} | keys | common).items()]
        return "\n".join([f"  {self.kind}:", *lines])

    def route(self) -> str:
        """The default route."""
        kind = f", type: {self.type}" if self.type else ""
        return f"{{tracker: {self.kind}, project: {self.project}{kind}}}"

    def token(self) -> str:
        """What opens the stand-in."""
        token: str = self._module("demo").demo().token
        return token

    def _kinds(self) -> frozenset[str]:
        return frozenset(self._module("faults").Kind)

    def _module(self, name: str) -> ModuleType:
        return importlib.import_module(f"vedette.sandbox.{self.kind}.{name}")


CASTS: Mapping[str, Cast] = {
    cast.kind: cast
    for cast in (
        Cast(
            "jira",
            "WB",
            {"url": "{url}", "email": "bot@acme.test", "flavour": "cloud"},
            type="Bug",
            changes={"index_lag": (0.0, 60.0), "gap_chance": 0.05},
        ),
        Cast("asana", '"12001"', {"url": "{url}/api/1.0", "workspace": '"1200"', "stamp_field": "Sentry stamp"}),
        Cast("linear", "ENG", {"url": "{url}/graphql"}),
        Cast("github", "acme/workbench", {"url": "{url}"}),
    )
}
