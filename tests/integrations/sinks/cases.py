"""Cases: each sink with its stand-in, as the conformance suite wants them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.conformance.sinks import NOW, WORDS, Kept, SinkCase, Spot, Trouble
from tests.house.sources import ROOT
from vedette.integrations import anodot, datadog
from vedette.integrations.newrelic.settings import Config as NewRelicConfig
from vedette.integrations.newrelic.sink import NewRelic
from vedette.model.secret import Secret
from vedette.sandbox.notifiers.inbox import Ill
from vedette.sandbox.sinks.anodot import AnodotStandIn
from vedette.sandbox.sinks.datadog import DatadogStandIn
from vedette.sandbox.sinks.desk import SinkDesk
from vedette.sandbox.sinks.newrelic import NewRelicStandIn

KEY = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
TIMEOUT = 10.0  # on a busy machine a large body takes its time; what must end sooner is ended by its fence
_ILLS = {
    Trouble.LIMITED: Ill.LIMITED,
    Trouble.DOWN: Ill.DOWN,
    Trouble.SILENT: Ill.SILENT,
    Trouble.DEAF: Ill.DEAF,
    Trouble.LOGIN: Ill.LOGIN,
}


Clock = Callable[[], datetime]


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


def made_datadog(
    desk: DatadogStandIn, key: str = KEY, *, clock: Clock = now, timeout: float = TIMEOUT, **settings: Any
) -> datadog.Datadog:
    config = datadog.Config.model_validate({"api_key": secret(key), "url": desk.url, "allow_private": True} | settings)
    return datadog.Datadog("dog", config, timeout=timeout, now=clock)


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


def shipped(document: str, heading: str) -> str:
    """The query under that heading of a page in docs/how-to."""
    page = (ROOT / "docs" / "how-to" / document).read_text(encoding="utf-8")
    found = re.search(rf"^### {re.escape(heading)}\n+```sql\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    assert found, f"{document} has no query under {heading}"
    return found[1]


def made_newrelic(
    desk: NewRelicStandIn, key: str = KEY, *, clock: Clock = now, timeout: float = TIMEOUT, **settings: Any
) -> NewRelic:
    given = {"license_key": secret(key), "account": desk.account, "url": desk.url, "allow_private": True}
    return NewRelic("relic", NewRelicConfig.model_validate(given | settings), timeout=timeout, now=clock)


def of_newrelic(desk: NewRelicStandIn, **settings: Any) -> SinkCase:
    metrics = settings.get("api") == "metrics"
    chart = "A chart of metrics, window by window" if metrics else "A chart, window by window"
    whole = "Windows of metrics that are not whole" if metrics else "Windows that are not whole"
    value = "vedette.errors" if metrics else "value"

    def spots(heading: str, name: str) -> dict[Spot, Any]:
        rows = desk.ask(shipped("send-to-new-relic.md", heading))
        return {(row["filter"], instant(row["begin"])): row[name] for row in rows if row[name] is not None}

    return SinkCase(
        made_newrelic(desk, **settings),
        chart=lambda: spots(chart, "total"),
        kept=lambda: [
            Kept(each["filter"], instant(each["timestamp"] // 1000), each[value], each["vedette.point_id"])
            for each in desk.stored
            if value in each
        ],
        whole=lambda: {spot: complete == 1 for spot, complete in spots(whole, "complete").items()},
        bodies=lambda: desk.bodies,
        stranger=made_newrelic(desk, "bad-bad-bad", **settings),
        secrets=(KEY,),
        trouble=trouble(desk),
        revoke=desk.revoke,
        mend=desk.mend,
    )


def made_anodot(
    desk: AnodotStandIn, key: str = KEY, *, clock: Clock = now, timeout: float = TIMEOUT, **settings: Any
) -> anodot.Anodot:
    config = anodot.Config.model_validate({"token": secret(key), "url": desk.url, "allow_private": True} | settings)
    return anodot.Anodot("anodot", config, timeout=timeout, now=clock)


def of_anodot(desk: AnodotStandIn, **settings: Any) -> SinkCase:
    def chart() -> Mapping[Spot, float]:
        gauge = settings.get("target_type") == "gauge"
        shown = desk.chart("event_count") if gauge else desk.ratio("event_count", "times_told")
        return {(dict(series)["filter"], instant(at)): value for (series, at), value in shown.items()}

    def totals() -> list[Any]:
        return [sample for sample in desk.samples if dict(sample.series).get("type") == "event_count"]

    return SinkCase(
        made_anodot(desk, **settings),
        chart=chart,
        kept=lambda: [
            Kept(dict(each.series)["filter"], instant(each.at), each.value, *each.tags["vedette_point_id"])
            for each in totals()
        ],
        whole=lambda: {
            (dict(each.series)["filter"], instant(each.at)): each.tags["vedette_complete"] == ["1"] for each in totals()
        },
        bodies=lambda: desk.bodies,
        stranger=made_anodot(desk, "bad-bad-bad", **settings),
        secrets=(KEY,),
        trouble=trouble(desk),
        revoke=desk.revoke,
        mend=desk.mend,
    )
