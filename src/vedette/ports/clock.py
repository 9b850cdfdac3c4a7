"""Clock: seconds that never go back and that count while this process is frozen."""

import time

# Time that a suspended machine sleeps through counts too, where the platform can tell.
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed() -> float:
    """Seconds on that clock; only differences mean anything."""
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)
