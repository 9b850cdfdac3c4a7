"""Sample application: a small shop of three teams whose bugs crash through the real `sentry-sdk`.

Its folders are put on the import path, so that stack frames read `checkout/payment.py`, as a shop's own would.
"""

from pathlib import Path

HERE = Path(__file__).parent


def codeowners() -> str:
    """The shop's CODEOWNERS: three teams, one path cleared of owners, and one that no line matches."""
    return (HERE / "CODEOWNERS").read_text(encoding="utf-8")
