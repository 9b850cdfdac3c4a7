"""Command: `python -m vedette.sandbox.sample_app --dsn NAME=DSN …` crashes the shop and says what it did.

One DSN per Sentry project (checkout, external-api, search); a bare DSN stands for all. One JSON line per crash.
"""

import argparse
import json
import sys
import time

import sentry_sdk
from sentry_sdk.transport import HttpTransport

from vedette.sandbox.sample_app import HERE
from vedette.sandbox.sample_app.crashes import CRASHES, PACKAGES, Crash

RELEASE = "shop@3.4.0"
ENVIRONMENT = "production"


def _client(dsn: str) -> sentry_sdk.Client:
    return sentry_sdk.Client(
        dsn,
        release=RELEASE,
        environment=ENVIRONMENT,
        server_name="web-1",
        transport=HttpTransport,
        # Installed beside libraries, the shop's frames would count as library code.
        in_app_include=list(PACKAGES),
        in_app_exclude=["__main__", "vedette"],
        auto_enabling_integrations=False,
        # The stand-in is on loopback; a proxy of the environment would only be in the way.
        http_proxy="",
        https_proxy="",
        project_root=str(HERE),
        auto_session_tracking=False,
        send_client_reports=False,
        # Without this the SDK drops an exception that it has just seen, and each bug would count once.
        disabled_integrations=[sentry_sdk.integrations.dedupe.DedupeIntegration()],
    )


def _crash(crash: Crash, client: sentry_sdk.Client, turn: int) -> str:
    """Set a bug off and report it; the event's id."""
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        scope.set_tag("tier", "gold" if turn % 2 else "free")
        scope.set_tag("crash", crash.name)
        scope.set_user({"id": str(turn + 1), "email": f"customer-{turn + 1}@example.test"})
        try:
            crash.run(turn)
        except Exception as error:  # noqa: BLE001 - whatever the bug is, it is what we came for
            return str(sentry_sdk.capture_exception(error))
    raise AssertionError(f"the bug {crash.name!r} has been mended")


def _dsns(given: list[str]) -> dict[str, str]:
    """DSN by project; the key is empty for the one that stands for all."""
    pairs = [text.partition("=") if "=" in text.split("://", 1)[0] else ("", "", text) for text in given]
    return {name: dsn for name, _, dsn in pairs}


def main() -> None:
    """Crash every bug in turn, then wait until all is sent."""
    parser = argparse.ArgumentParser(prog="python -m vedette.sandbox.sample_app", description=__doc__)
    parser.add_argument("--dsn", action="append", required=True, help="[PROJECT=]DSN; may repeat")
    parser.add_argument("--crashes", type=int, default=3, help="how often each bug is met")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two crashes, for who watches")
    given = parser.parse_args()
    dsns = _dsns(given.dsn)
    sys.path.insert(0, str(HERE))
    clients = {name: _client(dsn) for name, dsn in dsns.items()}
    for turn in range(given.crashes):
        for crash in CRASHES:
            client = clients.get(crash.project) or clients.get("")
            if client is None:
                parser.error(f"no DSN for the project {crash.project}: add --dsn {crash.project}=DSN")
            event = _crash(crash, client, turn)
            sys.stdout.write(json.dumps({"crash": crash.name, "project": crash.project, "event": event}) + "\n")
            sys.stdout.flush()
            time.sleep(given.pause)
    for client in clients.values():
        client.close(timeout=10.0)


if __name__ == "__main__":
    main()
