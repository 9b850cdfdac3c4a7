"""Secret: text that never shows itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """One or several values (rotation: any verifies, the first signs), with the reference they came from.

    `repr`, `str` and format show the reference only, so that a stray log line or traceback gives nothing away.
    """

    values: tuple[str, ...]
    reference: str = ""

    def reveal(self) -> str:
        """The first value, for signing and for outgoing calls."""
        return self.values[0]

    def __repr__(self) -> str:
        return f"Secret({self.reference or 'inline'})"

    __str__ = __repr__
