"""The settings that every stand-in of a tracker knows: blocks that refuse an unknown key, and faults by chance."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

C = TypeVar("C", bound="Setting")


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A block of a stand-in's JSON; an unknown key is refused, since a mistyped fault would test nothing."""


class Rate(Setting, frozen=True, kw_only=True):
    """A fault drawn by chance: `chance` of the requests of `on` suffer `kind`."""

    on: str
    kind: str
    chance: float
    seconds: float | None = None


class Hook(Setting, frozen=True, kw_only=True):
    """Where webhooks go, and the secret that signs them; without one they are unsigned."""

    url: str
    secret: str = ""


class Manners(Setting, frozen=True, kw_only=True):
    """How badly a stand-in behaves. Durations are pretended seconds and are multiplied by `time_scale`."""

    seed: int = 0
    time_scale: float = 1.0
    rates: tuple[Rate, ...] = ()
    late_by: tuple[float, float] = (1.0, 20.0)
    hang_most: float = 600.0
    retry_after: tuple[int, int] = (1, 3)
    hooks: tuple[Hook, ...] = ()


def read(path: Path, kind: type[C]) -> C:
    """Read a configuration file (JSON); msgspec's message names the offending key."""
    return msgspec.json.decode(path.read_bytes(), type=kind)


def amended(config: C, changes: dict[str, Any]) -> C:
    """Return `config` with the keys of `changes` replaced; raises `msgspec.ValidationError` for a wrong one."""
    return msgspec.convert({**msgspec.to_builtins(config), **changes}, type=type(config))
