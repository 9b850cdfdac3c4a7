"""`queue:`, `store:` and `web:`, how Vedette itself runs."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from vedette.config.schema.base import ZERO, Address, Block, Shape, Whole, fault
from vedette.model.secret import Secret
from vedette.model.settings import Listen, QueueSettings, StoreSettings, WebSettings

_QUEUE = QueueSettings()
_WEB = WebSettings()
_SIZE = re.compile(r"([0-9]{1,12}) ?(B|KiB|MiB|GiB)")
_SIZE_UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_LISTEN_CURE = "write 127.0.0.1:8080, or only the port to listen on this machine"


def listen(value: Any) -> Any:
    """The listener that `host:port`, `[v6]:port` or a bare port names; raises a fault for another text."""
    if isinstance(value, Listen):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"127.0.0.1:{value}"
    host, _, port = str(value).rpartition(":") if isinstance(value, str) else ("", "", "")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535 or re.search(r"[\s/@]", host):
        raise fault("should be an address and port", _LISTEN_CURE)
    return Listen(host, int(port))


def _size(value: Any) -> Any:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None and isinstance(value, str):
        raise fault("should be a size such as 5MiB")
    return value if found is None else int(found[1]) * _SIZE_UNITS[found[2]]


_STORE = Shape(
    r"sqlite:///.+|postgres(ql)?(\+psycopg)?://.+|(env|file)/.+",
    "should be the address of a store",
    "write sqlite:///vedette.db, postgresql://host/vedette or env/DATABASE_URL",
)

Listening = Annotated[
    Listen, BeforeValidator(listen), WithJsonSchema({"type": ["string", "integer"], "title": "address and port"})
]
Size = Annotated[
    int,
    BeforeValidator(_size),
    Field(strict=True),
    WithJsonSchema({"type": ["string", "integer"], "title": "size"}),
]
Kept = Annotated[timedelta, Field(gt=ZERO)] | Literal["forever"]


class QueueBlock(Block):
    """The workers' manners."""

    workers: Whole = Field(default=_QUEUE.workers, ge=1, le=256, description="Worker threads in one process.")
    lease: timedelta = Field(
        default=_QUEUE.lease, gt=ZERO, description="How long a job is one worker's own; calls are kept shorter."
    )
    idle: timedelta = Field(default=_QUEUE.idle, gt=ZERO, description="Pause between looks at an empty queue.")
    first_retry: timedelta = Field(
        default=_QUEUE.first_retry, gt=ZERO, description="Wait before the second attempt; it grows six-fold from there."
    )
    longest_retry: timedelta = Field(
        default=_QUEUE.longest_retry, gt=ZERO, description="Longest wait between attempts."
    )
    attempts: Whole = Field(
        default=_QUEUE.attempts, ge=1, le=1000, description="Attempts before a job becomes a dead letter."
    )
    breaker_after: Whole = Field(
        default=_QUEUE.breaker_after, ge=1, description="Failures in a row after which a destination is left alone."
    )
    breaker_rest: timedelta = Field(default=_QUEUE.breaker_rest, gt=ZERO, description="For how long it is left alone.")

    def frozen(self) -> QueueSettings:
        """The block as flows read it."""
        return QueueSettings(**self.values())


class RetentionBlock(Block):
    """How long each table's rows are kept: a duration, or forever."""

    deliveries: Kept | None = Field(default=None, description="Raw deliveries, for replay (usually 30d).")
    journal: Kept | None = Field(default=None, description="Decisions and outcomes, for explain (usually 365d).")
    jobs: Kept | None = Field(default=None, description="Finished jobs (usually 14d).")
    windows: Kept | None = Field(default=None, description="What the monitor counted (usually 400d).")
    access: Kept | None = Field(
        default=None, description="Runs of `vedette access apply`, and what became of each change (usually 365d)."
    )


class StoreBlock(Block):
    """Where memory lies."""

    url: Annotated[str, _STORE.check, _STORE.schema] = Field(
        default=StoreSettings().url,
        description="sqlite:///FILE (from the working directory; four slashes for a whole path), "
        "or postgresql://HOST/NAME; with a password in it, a reference such as env/DATABASE_URL.",
    )
    retention: RetentionBlock = Field(default_factory=RetentionBlock, description="How long each table is kept.")

    def frozen(self) -> StoreSettings:
        """The block as the store reads it; tables without a word keep their usual time."""
        usual = StoreSettings()
        given = {table: kept for table, kept in self.retention if kept is not None}
        asked = {table: None if kept == "forever" else kept for table, kept in given.items()}
        return StoreSettings(url=self.url, retention={**usual.retention, **asked})


class WebBlock(Block):
    """The two listeners: hooks, which the world may reach, and pages, which it may not."""

    hooks: Listening = Field(default=_WEB.hooks, description="Where hooks are taken in, as host:port.")
    pages: Listening = Field(
        default=_WEB.pages,
        description="Where pages and /metrics are shown; beyond this machine only with login_secret.",
    )
    login_secret: Secret | None = Field(
        default=None, description="Signs login links and cookies; at least 16 characters."
    )
    max_body: Size = Field(
        default=_WEB.max_body, ge=1024, le=1024**3, description="Largest delivery, in bytes or as 5MiB."
    )
    refusals_alarm: Whole = Field(
        default=_WEB.refusals_alarm, ge=1, description="Refused deliveries within ten minutes that raise the alarm."
    )
    base_url: Address | None = Field(default=None, description="Address of our pages, for links in tickets.")

    def frozen(self) -> WebSettings:
        """The block as the web door reads it."""
        return WebSettings(**{key: value for key, value in self.values().items() if key != "base_url"})
