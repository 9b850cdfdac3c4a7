"""Fixtures: invented hooks and answers from disk, and the recorded ones where they are at hand."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vedette.model.deliveries import Delivery, DeliveryKind, DeliveryState
from vedette.model.secret import Secret

FOLDER = Path(__file__).parents[2] / "fixtures" / "sentry"
HOOKS = sorted(path.stem for path in FOLDER.glob("hook_*.json"))
SECRET = Secret(("an invented client secret",), "env/TEST")
RECEIVED_AT = datetime(2031, 3, 14, 9, 27, 1, tzinfo=UTC)

_SAMPLES = Path(os.environ.get("VEDETTE_SAMPLES", Path(__file__).parents[4] / "shared" / "samples")) / "sentry23"
needs_samples = pytest.mark.skipif(
    not _SAMPLES.is_dir(),
    reason="NOT CHECKED: no recorded webhooks at hand; put them into ../shared/samples or name VEDETTE_SAMPLES",
)


def samples() -> Path:
    """The folder of recorded webhooks and answers."""
    return _SAMPLES


def load(name: str) -> Any:
    """A fixture's JSON."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def hook(name: str) -> tuple[bytes, dict[str, str]]:
    """A hook's exact body and its headers."""
    stored = load(name)
    return stored["body"].encode(), stored["headers"]


def delivery(
    body: bytes, headers: dict[str, str] | None = None, *, kind: DeliveryKind = DeliveryKind.SENTRY
) -> Delivery:
    """The body as intake would have stored it."""
    return Delivery(
        id=1,
        kind=kind,
        instance="main",
        request_id="r",
        headers=tuple((headers or {}).items()),
        body=body,
        received_at=RECEIVED_AT,
        state=DeliveryState.PENDING,
    )


def as_delivery(said: Any, *, resource: str = "", kind: DeliveryKind = DeliveryKind.SENTRY) -> Delivery:
    """A JSON value as a delivery."""
    headers = {"Sentry-Hook-Resource": resource, "Sentry-Hook-Timestamp": "1931246820"} if resource else {}
    return delivery(json.dumps(said).encode(), headers, kind=kind)
