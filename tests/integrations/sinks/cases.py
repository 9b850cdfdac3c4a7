"""Cases: each sink with its stand-in, as the conformance suite wants them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.conformance.sinks import NOW, WORDS, Kept, SinkCase, Spot, Trouble
from vedette.integrations import datadog
from vedette.model.secret import Secret
from vedette.sandbox.notifiers.inbox import Ill
from vedette.sandbox.sinks.datadog import DatadogStandIn
from vedette.sandbox.sinks.desk import SinkDesk

KEY = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
TIMEOUT = 0.6
_ILLS = {
    Trouble.LIMITED: Ill.LIMITED,
    Trouble.DOWN: Ill.DOWN,
    Trouble.SILENT: Ill.SILENT,
    Trouble.DEAF: Ill.DEAF,
    Trouble.LOGIN: Ill.LOGIN,
}


def secret(value: str) -> Secret:
    return Secret((value,), "env/X")


def now() -> datetime:
    return NOW


def trouble(desk: SinkDesk) -> Callable[[Trouble], None]:
    """What lets a desk be in trouble."""

    def made(kind: Trouble) -> None:
        if kind is Trouble.REFUSED:
            desk.refusing = WORDS
        else:
            desk.ills.append(_ILLS[kind])

    return made


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def made_datadog(desk: DatadogStandIn, key: str = KEY, **settings: Any) -> datadog.Datadog:
    config = datadog.Config.model_validate({"api_key": secret(key), "url": desk.url, "allow_private": True} | settings)
    return datadog.Datadog("dog", config, timeout=TIMEOUT, now=now)


def of_datadog(desk: DatadogStandIn, **settings: Any) -> SinkCase:
    def spots(metric: str) -> Mapping[Spot, float]:
        found = {}
        for ((name, tags), at), value in desk.charts.items():
            if name == metric:
                found[(_tag(tags, "filter"), instant(at))] = value
        return found

    return SinkCase(
        made_datadog(desk, **settings),
        chart=lambda: spots("vedette.errors"),
        kept=lambda: [
            Kept(_tag(tags, "filter"), instant(at), value)
            for ((name, tags), at), value in desk.charts.items()
            if name == "vedette.errors"
        ],
        whole=lambda: {spot: value == 1 for spot, value in spots("vedette.errors.complete").items()},
        bodies=lambda: desk.bodies,
        stranger=made_datadog(desk, "bad-bad-bad", **settings),
        secrets=(KEY,),
        trouble=trouble(desk),
        revoke=desk.revoke,
        mend=desk.mend,
    )


def _tag(tags: tuple[str, ...], key: str) -> str:
    return next(tag.partition(":")[2] for tag in tags if tag.startswith(f"{key}:"))
