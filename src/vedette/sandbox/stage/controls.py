"""The strings behind the stage that every tracker's stand-in has: faults to come, and another configuration."""

from typing import Any, Generic, Protocol, TypeVar

import msgspec

from vedette.sandbox.stage.answers import Answer, Received, Refused
from vedette.sandbox.stage.faults import Misfortune, RestFault
from vedette.sandbox.stage.settings import Manners, amended

F = TypeVar("F", bound=RestFault)
C = TypeVar("C", bound=Manners)
W = TypeVar("W")
K = TypeVar("K", bound=Received)


class Wrong(Refused):
    """A string that leads nowhere."""

    def answer(self) -> Answer:
        return told({"error": str(self)}, status=400)


class Configured(Protocol[C]):
    """A state whose configuration can be changed."""

    @property
    def config(self) -> C: ...
    def configure(self, config: C) -> None: ...


class Controls(Generic[C, F, W, K]):
    """Handlers under `/_standin`; they need no credentials and suffer no faults."""

    fault: type[F]

    def __init__(self, state: Configured[C], misfortune: Misfortune[F]) -> None:
        self._configured = state
        self._misfortune = misfortune
        self.revoked = False
        self.pending = 0

    def faults(self, _: W, call: K) -> Answer:
        """Queue one fault or a list of them."""
        try:
            asked = msgspec.json.decode(call.body)
            listed = msgspec.convert(asked if isinstance(asked, list) else [asked], type=list[self.fault])  # type: ignore[name-defined]
        except msgspec.MsgspecError as wrong:
            raise Wrong(str(wrong)) from None
        self._misfortune.queue.extend(listed)
        return told({"queued": len(self._misfortune.queue)})

    def clear(self, _: W, __: K) -> Answer:
        """Forget the faults that are still queued."""
        self._misfortune.queue.clear()
        return told({"queued": 0})

    def configure(self, shapes: W, call: K) -> Answer:
        """Change keys of the configuration; `revoked` refuses every caller until it is set to false."""
        try:
            changes = msgspec.json.decode(call.body or b"{}", type=dict[str, Any])
            revoked = bool(changes.pop("revoked", self.revoked))
            config = amended(self._configured.config, changes)
            self.consider(config)
            self._misfortune.aim(config.rates)
        except (msgspec.MsgspecError, ValueError) as wrong:
            raise Wrong(str(wrong)) from None
        self.revoked = revoked
        self._configured.configure(config)
        return self.state(shapes, call)

    def consider(self, config: C) -> None:
        """Raises ValueError for a configuration that a running server cannot take."""

    def state(self, shapes: W, call: K) -> Answer:
        """How things stand; a vendor says it."""
        raise NotImplementedError


def told(payload: Any, *, status: int = 200) -> Answer:
    """An answer of ours, which no vendor gives."""
    return Answer(status=status, body=msgspec.json.encode(payload), headers={"content-type": "application/json"})
