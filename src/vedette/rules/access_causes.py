"""Access causes: what is wrong with access, each with its key, its sentence and its cure."""

from vedette.model.access_runs import Drift
from vedette.model.alarms import Cause, CauseKind, Severity
from vedette.rules.access.wording import what

__all__ = ["NAMED", "drift_key", "drifted", "unread", "unread_key", "what"]

NAMED = 3  # changes in a sentence
_LONGEST = 400  # characters of a server's words


def drift_key(instance: str) -> str:
    """The same as long as the organisation is not as declared."""
    return f"access_drift:{instance}"


def unread_key(instance: str) -> str:
    """The same as long as the organisation cannot be read."""
    return f"access_unread:{instance}"


def drifted(drift: Drift) -> Cause:
    """An organisation is not as declared."""
    counted = [f"{drift.changes} to change"] if drift.changes else []
    counted += [f"{drift.withheld} held back"] if drift.withheld else []
    named = "; ".join(drift.first)
    more = f" and {drift.changes - len(drift.first)} more" if drift.changes > len(drift.first) else ""
    title = f"access on {drift.instance} is not as declared: {', '.join(counted)}"
    title += f": {named}{more}" if named else ""
    title += f"; refused: {'; '.join(drift.refused)}" if drift.refused else ""
    return Cause(
        drift_key(drift.instance),
        CauseKind.ACCESS_DRIFT,
        Severity.WARNING,
        title,
        f"`vedette access plan --instance {drift.instance}` shows it all; apply it, or declare what was done by hand",
        facts={
            "instance": drift.instance,
            "to change": str(drift.changes),
            "held back": str(drift.withheld),
            "state": drift.state,
        },
    )


def unread(instance: str, words: str) -> Cause:
    """An organisation cannot be read with the token that there is."""
    return Cause(
        unread_key(instance),
        CauseKind.ACCESS_UNREAD,
        Severity.WARNING,
        f"access on {instance} cannot be looked at: {words[:_LONGEST]}",
        f"give the token of sentry instance {instance} the scopes org:read, member:read and project:read, or take "
        f"{instance} out of access.instances",
        facts={"instance": instance},
    )
