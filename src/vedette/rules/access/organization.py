"""Organisation: settings that keep teams apart, set where an interface sets them and told as drift where none does."""

from vedette.model.access import Managed
from vedette.model.changes import SetOrganization
from vedette.model.plan import Ailment, Diagnosis, Hold
from vedette.rules.access.scene import Scene, Sheet


def plan_organization(scene: Scene, sheet: Sheet) -> None:
    """Write what becomes of the organisation's settings."""
    if not scene.manages(Managed.ORGANIZATION):
        return
    wish, current = scene.access.organization, scene.current
    _set(sheet, "open_membership", told=current.open_membership, wish=wish.open_membership)
    _set(sheet, "join_requests", told=current.join_requests, wish=wish.join_requests)
    if wish.sso_required is not None and wish.sso_required != current.sso_required:
        sheet.tell(_drift(current.slug, told=current.sso_required, wish=wish.sso_required))


def _set(sheet: Sheet, setting: str, *, told: bool | None, wish: bool | None) -> None:
    if wish is None or told == wish:
        return
    change = SetOrganization(setting, told, wish, "it is declared so")
    if told is None:
        sheet.hold(change, Hold.NOT_THERE, "this server does not tell this setting, or has none")
    else:
        sheet.do(change)


def _drift(organization: str, *, told: bool | None, wish: bool) -> Diagnosis:
    now = {None: "is not told by this server", True: "is required", False: "is not required"}[told]
    should = "it should be" if wish else "it should not be"
    cure = f"Settings → Auth in {organization}: {'turn on' if wish else 'turn off'} Require SSO; no interface does it"
    return Diagnosis(organization, Ailment.DRIFT, f"single sign-on {now}; {should}", cure)
