"""Standing: what an open ticket still needs to be told; sweeps ask too, which decide on none that stands."""

from vedette.model.issues import Issue
from vedette.model.policies import Mute, Policy
from vedette.model.tickets import Claim
from vedette.rules.growing import Grown, Unmeasured, growth
from vedette.rules.situation import Choice, Reason, name_of


def about_an_open_ticket(issue: Issue, claim: Claim, policy: Policy, *, mute: Mute | None) -> Choice:
    """Whether the issue outgrew its ticket; a muted one is left in peace."""
    stands = f"{name_of(claim)} is open ({claim.ticket_status or 'status not read'})"
    match None if mute is not None else growth(issue, claim, policy):
        case Grown(sentence=sentence, action=action):
            return Reason.GROWN, f"{stands}; {sentence}", (action,)
        case Unmeasured(sentence=sentence, action=anew):
            return Reason.MEASURED_ANEW, f"{stands}; {sentence}", (anew,)
        case _:
            return Reason.TICKET_OPEN, stands, ()
