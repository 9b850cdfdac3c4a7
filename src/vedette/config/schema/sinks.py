"""`sinks:`, where points go."""

from datetime import timedelta
from typing import Any

from pydantic import ConfigDict, Field

from vedette.config.addresses import on_this_machine
from vedette.config.schema.base import ZERO, Block, Filled, Flag, Rate, Whole
from vedette.model.settings import SinkSettings

_USUAL = SinkSettings(name="", kind="", config=None)


class SinkBlock(Block):
    """Where points go; beside these keys it takes those of its kind."""

    model_config = ConfigDict(extra="allow")

    kind: Filled = Field(description="Which vendor it is; the sections of this page on sinks name every kind.")
    rate_per_s: Rate = Field(default=_USUAL.rate_per_s, description="Most requests a second, over all processes.")
    concurrency: Whole = Field(
        default=_USUAL.concurrency,
        ge=1,
        le=1000,
        description="Most pushes at a time, over all processes; one keeps the points in order.",
    )
    timeout: timedelta = Field(
        default=_USUAL.timeout, gt=ZERO, description="How long one push may take; must be shorter than queue.lease."
    )
    sandbox: Flag = Field(
        default=_USUAL.sandbox,
        description="Says that points in it mislead nobody; see mode. An address on this machine is one by itself.",
    )

    def frozen(self, name: str, config: Any) -> SinkSettings:
        """The block as flows read it, with the vendor's own settings."""
        return SinkSettings(
            name=name,
            kind=self.kind,
            config=config,
            rate_per_s=self.rate_per_s,
            concurrency=self.concurrency,
            timeout=self.timeout,
            sandbox=self.sandbox or on_this_machine((self.model_extra or {}).get("url")),
        )
