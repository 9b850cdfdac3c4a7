"""Declared: the organisation of the third act, as hands have left it and as a file says it should be."""

from collections.abc import Mapping
from typing import Any

#: What hands made of the organisation: see `DECLARED` for what it should be.
MESS: Mapping[str, Any] = {
    "choices": {"open_membership": True},
    "projects": [{"slug": "warehouse", "teams": ["search"], "platform": "other"}],
    "members": [
        # Invited, and then came in by the company's login: two accounts, the teams on the wrong one.
        {"email": "sam@example.test", "teams": ["partners"], "pending": True, "inviter": "ada@example.test"},
        # A link that has run out.
        {"email": "kim@example.test", "teams": ["search"], "expired": True, "inviter": "ada@example.test"},
        # Helped out once, and was never taken out again.
        {"email": "lee@example.test", "role": "manager", "teams": ["checkout", "partners", "search"]},
    ],
    "ssoLogins": ["sam@example.test", "lee@example.test"],
}

#: As it should be. Several teams would have a file each.
DECLARED = """\
access:
  organization: {open_membership: false}
  protected: {people: [ada@example.test]}
  teams: {checkout: , partners: , search: , warehouse: }
  projects:
    checkout: {teams: [checkout]}
    external-api: {teams: [partners]}
    search: {teams: [search], resolve_age: 30d}
    warehouse: {teams: [warehouse], platform: python}
  roles:
    checkout: {teams: [checkout]}
    partners: {teams: [partners]}
    search: {teams: [search]}
    warehouse: {teams: [warehouse]}
  people:
    tor: {email: tor@example.test, roles: [checkout]}
    sam: {email: sam@example.test, roles: [partners]}
    kim: {email: kim@example.test, roles: [search]}
    lee: {email: lee@example.test, roles: [checkout]}
    noa: {email: noa@example.test, roles: [search, warehouse]}
"""
