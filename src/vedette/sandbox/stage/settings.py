"""The settings that every stand-in of a tracker knows: blocks that refuse an unknown key, and faults by chance."""

import msgspec


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A block of a stand-in's JSON; an unknown key is refused, since a mistyped fault would test nothing."""


class Rate(Setting, frozen=True, kw_only=True):
    """A fault drawn by chance: `chance` of the requests of `on` suffer `kind`."""

    on: str
    kind: str
    chance: float
    seconds: float | None = None
