"""`vedette replay`: stored deliveries are read and decided anew."""

import sys

from vedette.cli.opened import opened
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.errors import VedetteError
from vedette.flows.replay import replay as replay_deliveries
from vedette.store import deliveries


def replay(*delivery: int, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Have stored deliveries read and decided anew, such as after a mended CODEOWNERS or route.

    `vedette explain ISSUE` names the deliveries of an issue. The ledger stands: an issue whose ticket is open gets no
    second one. The work is done by the running `vedette serve` or `vedette work`.

    Parameters
    ----------
    delivery
        Numbers of the deliveries.
    """
    if not delivery:
        raise VedetteError("name the deliveries by number; `vedette explain ISSUE` lists those of an issue")
    with opened(config) as app:
        reopened, left = replay_deliveries(app.context, delivery)
        unknown = [number for number in left if app.store.read(lambda tx, n=number: deliveries.get(tx, n)) is None]  # type: ignore[misc]
    for number in reopened:
        print(f"delivery {number} will be read and decided anew")
    for number in left:
        why = "is not stored (any more)" if number in unknown else "waits to be read already"
        print(f"vedette: delivery {number} {why}", file=sys.stderr)
    return 1 if unknown else 0
