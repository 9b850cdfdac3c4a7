"""A stand-in New Relic: the Event and the Metric API of one account, and what is kept of their bodies.

Law: a body that came is answered with yes, and looked at afterwards, as there. What is wrong with a record then is an
NrIntegrationError, and the record is gone.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from vedette.sandbox.notifiers.inbox import Post, Reply
from vedette.sandbox.sinks import nrql
from vedette.sandbox.sinks.desk import SinkDesk, number, said

_EVENT_TYPE = re.compile(r"[A-Za-z0-9:_]{1,255}")
_NOT_OURS = re.compile(r"Metric(Raw|[0-9].*)?|Public_.*")
_NAME = re.compile(r"[A-Za-z0-9:._]{1,255}")
_DROPPED = ("accountId", "entity.guid", "log", "hostname", "plugin.type", "fb.input")
_KEYS_OF_A_METRIC = ("interval.ms", "timestamp", "value", "common", "min", "max", "count", "sum", "metrics")
_DAY = timedelta(hours=24)


class NewRelicStandIn(SinkDesk):
    """One account with one license key."""

    most_packed = 10**6

    def __init__(
        self, *, key: str = "n" * 40, account: str = "1234567", now: Callable[[], datetime] | None = None, port: int = 0
    ) -> None:
        super().__init__(key=key, now=now, port=port)
        self.account = account
        self.stored: list[dict[str, Any]] = []  # in their order
        self.errors: list[str] = []  # NrIntegrationError
        self.request_ids: list[str] = []

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query in the part of NRQL that our documents use."""
        return nrql.ask(query, self.stored)

    def at_the_door(self, post: Post) -> Reply | None:
        """Judge address, key and kind of content."""
        if post.path not in (f"/v1/accounts/{self.account}/events", "/metric/v1"):
            return said(404, {"error": "no such path"})
        if post.method != "POST":
            return said(405, {"error": "POST only"})
        if post.headers.get("api-key") != self.key:
            return said(403, {"error": "Missing or invalid API key."})
        if not post.headers.get("content-type", "").startswith("application/json"):
            return said(415, {"error": "Must be application/json"})
        return None

    def take(self, body: Any, post: Post) -> Reply:
        """Say yes, and then keep of the body what is good."""
        if post.path == "/metric/v1":
            return self._take_metrics(body, post)
        many = body if isinstance(body, list) else [body]
        if len(many) > 2000:
            return said(413, {"error": "more than 2000 events"})
        self.bodies.append(body)
        for event in many:
            self._keep(event, past=_DAY)
        return said(200, {"success": True, "uuid": str(uuid.uuid4())}, taken=body)

    def refusal(self, status: int, words: str) -> Reply:
        """New Relic's way to say no."""
        return said(status, {"error": words})

    def _take_metrics(self, body: Any, post: Post) -> Reply:
        known = post.headers.get("x-request-id", "")
        if known and not _is_uuid4(known):
            return said(400, {"error": "x-request-id must be a UUID4"})
        if not isinstance(body, list) or not all(isinstance(each, dict) and "metrics" in each for each in body):
            return said(400, {"error": "the structure of the request is invalid"})
        self.bodies.append(body)
        self.request_ids.append(known)
        for block in body:
            for metric in block["metrics"]:
                self._keep_metric(metric, block.get("common") or {})
        return said(202, {"requestId": str(uuid.uuid4())}, taken=body)

    def _keep(self, event: Any, *, past: timedelta) -> None:
        if wrong := _wrong_event(event):
            self.errors.append(wrong)
            return
        at = self._when(event.get("timestamp"), past=past)
        if at is None:
            self.errors.append("the timestamp is out of the range")
            return
        kept = {key: value for key, value in event.items() if value is not None and key not in _DROPPED}
        if not isinstance(kept.get("appId", 0), int):
            del kept["appId"]
        self.stored.append(kept | {"timestamp": at})

    def _keep_metric(self, metric: Any, common: Mapping[str, Any]) -> None:
        said_ = {**common, **metric} if isinstance(metric, dict) else {}
        attributes = {**(common.get("attributes") or {}), **(said_.get("attributes") or {})}
        at = self._when(said_.get("timestamp"), past=2 * _DAY)
        wrong = _wrong_metric(said_, attributes) or ("" if at is not None else "the timestamp is out of the range")
        if wrong:
            self.errors.append(wrong)
            return
        name = said_["name"]
        self.stored.append(
            {"eventType": "Metric", "metricName": name, name: said_["value"], **attributes, "timestamp": at}
        )

    def _when(self, told: Any, *, past: timedelta) -> int | None:
        """Milliseconds; now where nothing is told or a decimal, None where it is too far away."""
        now = int(self.now().timestamp() * 1000)
        if not isinstance(told, int):
            return now
        at = told * 1000 if told < 10**11 else told
        return at if -past.total_seconds() * 1000 <= at - now <= _DAY.total_seconds() * 1000 else None


def _wrong_event(event: Any) -> str:
    if not isinstance(event, dict):
        return "Error parsing JSON payload"
    kind = event.get("eventType")
    if not isinstance(kind, str) or not _EVENT_TYPE.fullmatch(kind) or _NOT_OURS.fullmatch(kind):
        return "event rejected because of its eventType"
    return _wrong_attributes(event, most=255)


def _wrong_metric(metric: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    name, kind = metric.get("name"), metric.get("type", "gauge")
    if not isinstance(name, str) or not 0 < len(name) < 255:
        return "the name of a metric is missing or too long"
    if kind not in ("gauge", "count", "summary") or not number(metric.get("value")):
        return "the type or value of a metric is not valid"
    if kind == "count" and not (isinstance(metric.get("interval.ms"), int) and metric["interval.ms"] > 0):
        return "a count without interval.ms"
    if name in attributes or set(attributes) & set(_KEYS_OF_A_METRIC):
        return "an attribute has a name that it may not have"
    return _wrong_attributes(attributes, most=150)


def _wrong_attributes(attributes: Mapping[str, Any], *, most: int) -> str:
    if len(attributes) > most:
        return "event rejected because event exceeded maximum number of attributes"
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            return "event rejected because of the name of an attribute"
        if isinstance(value, bool | list | dict):
            return "only float or string values are allowed"
        if isinstance(value, str) and len(value.encode("utf-16-le", "surrogatepass")) > 2 * 4096:
            return "event rejected because attribute value exceeded maximum length"
        if number(value) and abs(value) >= 2**63:
            return "a number of more than 64 bits"
    return ""


def _is_uuid4(text: str) -> bool:
    try:
        return uuid.UUID(text).version == 4
    except ValueError:
        return False
