"""Words for accounts: how one stands, and the steps by which a person mends what no public interface can."""

from collections.abc import Mapping
from datetime import datetime

from vedette.model.org import Member, MemberFlag
from vedette.rules.access.naming import listed

#: Sentry answers 429 past some invitations an hour, and how many is not told.
RATE = "Sentry sends only so many invitations an hour and answers 429 past that: apply waits and goes on"


def state_words(member: Member, *, now: datetime) -> str:
    """How the account stands: whether somebody ever logged in to it, by what, and when last."""
    parts = [_login(member, now=now) if member.logged_in else _invitation(member, now=now)]
    if MemberFlag.SSO_INVALID in member.flags:
        parts.append("single sign-on holds its link for invalid")
    elif MemberFlag.SSO_LINKED in member.flags:
        parts.append("linked to single sign-on")
    if MemberFlag.IDP_PROVISIONED in member.flags:
        parts.append("made by the identity provider")
    if MemberFlag.LIMIT_RESTRICTED in member.flags:
        parts.append("restricted: the plan has no seat for it")
    return ", ".join(parts)


def before_duplicate(kept: Member, other: Member, *, planned: Mapping[str, str] | None, rival: bool) -> list[str]:
    """What to do about a second account, teams first; `planned`: the teams of their roles, None for the undeclared."""
    teams = sorted(team for team in other.teams if team not in kept.teams)
    steps = (
        [f"put account {kept.id} ({kept.email}) into {listed(teams)}, which only account {other.id} has"]
        if teams
        else []
    )
    undeclared = [] if planned is None else [team for team in teams if team not in planned]
    if undeclared:
        steps.append(f"no role brings {listed(undeclared)}: add one that does, or `apply` takes the team away again")
    if rival:
        steps.append("ask them which account they use; the other one is deleted by hand, under Settings → Members")
    elif MemberFlag.IDP_PROVISIONED in other.flags:
        steps.append(f"take {other.email} (account {other.id}) away in the identity provider")
    else:
        steps.append(f"delete account {other.id} ({other.email}), to which nobody ever logged in")
    return steps


def identity_steps(kept: Member, *, url: str, organization: str) -> list[str]:
    """How a superuser mends an account that single sign-on knows as somebody else's; no public interface does it."""
    base = url.rstrip("/")
    number = kept.user_id or "their user"
    return [
        f"sign in at {base}/admin as a superuser, by password; on sentry.io ask its support to do the next two steps",
        f"open Users, then {kept.email} (user {number}), and there Auth identities",
        "delete the identity whose address or provider id is not theirs; the user stays",
        f"they delete ALL cookies of {base}: an old session would bind the wrong identity again",
        f"they log in again at {base}/auth/login/{organization}/, and take the account that is offered to be linked",
        "if that made a second account, `vedette access doctor` names it: put the teams over and delete the left-over",
    ]


def renewal_steps(kept: Member) -> list[str]:
    """How an invitation that has expired comes to life."""
    return [
        f"`vedette access apply` makes invitation {kept.id} new and sends it; by hand: Settings → Members → Resend",
        RATE,
    ]


def uninvited_steps(kept: Member, *, url: str, organization: str) -> list[str]:
    """How somebody comes in whose account the identity provider made without a word to them."""
    return [
        f"send them to {url.rstrip('/')}/auth/login/{organization}/: single sign-on gives them account {kept.id}",
        f"if that makes a second account, delete {kept.id} in the identity provider and let it make it anew",
    ]


def _login(member: Member, *, now: datetime) -> str:
    last = member.last_login or member.last_active
    return "logged in" if last is None else f"logged in last {_ago(last, now=now)}"


def _invitation(member: Member, *, now: datetime) -> str:
    since = "" if member.created_at is None else f" {_ago(member.created_at, now=now)}"
    return f"invited{since}, never logged in" + (", the invitation has expired" if member.expired else "")


def _ago(moment: datetime, *, now: datetime) -> str:
    days = (now - moment).days
    return f"{moment:%Y-%m-%d}" + (f" ({days} days ago)" if days > 1 else "")
