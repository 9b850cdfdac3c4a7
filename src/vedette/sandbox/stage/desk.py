"""The desk of a stand-in as all have it: its misfortune, its pretended seconds, and what it remembers for tests."""

import asyncio
import math
import random
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from vedette.sandbox.stage.faults import Misfortune, Scripted
from vedette.sandbox.stage.log import Log
from vedette.sandbox.stage.settings import Manners, Rate
from vedette.sandbox.stage.telling import Teller, Words


class Standing(Protocol):
    """The state of a stand-in as the stage needs it."""

    log: Log
    draw: random.Random
    fault: str | None

    @property
    def config(self) -> Manners: ...


S = TypeVar("S", bound=Standing)
F = TypeVar("F", bound=Scripted)
E = TypeVar("E")


class Counter(Generic[S, F, E]):
    """One server's desk over one state; a vendor adds what it answers."""

    def __init__(self, state: S, *, drawn: Callable[[Rate], F]) -> None:
        self.state = state
        self.misfortune = Misfortune(state.config.rates, drawn=drawn, draw=state.draw)
        self.closing = asyncio.Event()
        self.exchanges: list[E] | None = None
        self.teller = Teller()

    def tell_of_changes(self, words: Words) -> None:
        """From now on a webhook goes out for whatever `words` finds worth one."""

        def tell(entry: dict[str, Any]) -> None:
            for telling in words(entry):
                self.teller.tell(telling)

        self.state.log.listeners.append(tell)

    def seconds(self, wanted: float) -> float:
        """Turn seconds of the pretended vendor into seconds of this machine."""
        return wanted * self.state.config.time_scale

    async def rest(self, seconds: float) -> bool:
        """Wait; say whether the stand-in is still open afterwards."""
        try:
            await asyncio.wait_for(self.closing.wait(), timeout=seconds)
        except TimeoutError:
            return True
        return False

    @property
    def hang_most(self) -> float:
        """The longest that a hanging answer holds its connection."""
        return self.seconds(self.state.config.hang_most)

    def retry_after(self, fault: F) -> int:
        """The whole seconds that a limited caller is told to wait."""
        wanted = fault.seconds
        if wanted is None:
            wanted = float(self.state.draw.randint(*self.state.config.retry_after))
        return math.ceil(self.seconds(wanted))
