"""Cleanup: removes what is old."""


def keep_days(setting: str) -> int:
    """How long to keep things."""
    return int(setting)
