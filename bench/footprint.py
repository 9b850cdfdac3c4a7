"""Footprint: what an idle `vedette serve`, workers included, weighs, and how soon it is ready.

    python bench/footprint.py [--quick]

Ready is the first green /readyz after the start of the process, on a store that exists already and on a new one; idle
is its resident memory some seconds later, the largest of the runs.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # also when run as a file

from bench.door.serving import Serving


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 45 s; figures are rougher")
    runs, idle_s = (3, 3.0) if parser.parse_args().quick else (5, 10.0)
    resident, ready, idle_cpu = [], [], []
    with tempfile.TemporaryDirectory(prefix="vedette-footprint-") as folder:
        for _ in range(runs):
            with Serving(Path(folder), work=True) as serving:
                cpu = serving.cpu_s()
                time.sleep(idle_s)
                resident.append(serving.resident_mb())
                idle_cpu.append((serving.cpu_s() - cpu) / idle_s)
                ready.append(serving.ready_s)
                print(
                    f"ready in {ready[-1]:.2f} s, {resident[-1]:.0f} MB, {idle_cpu[-1]:.1%} of a core idle", flush=True
                )
    told = {
        "idle_mb": round(max(resident), 1),
        "ready_s": round(statistics.median(ready), 2),
        "ready_first_s": round(ready[0], 2),
        "idle_cpu_share": round(statistics.median(idle_cpu), 4),
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
