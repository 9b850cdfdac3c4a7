"""Vedette, the operations layer beside Sentry; this page is the map of the house.

| room | answers |
|---|---|
| `model` | which words do we speak? Frozen data, imports nothing of ours |
| `rules` | what should be done, and why? Pure functions returning reasons |
| `ports` | which roles can a vendor play, and with which tools? |
| `store` | what do we remember? All SQL |
| `integrations` | how does this vendor speak? One file or folder a vendor |
| `config` | what did the operator ask for? YAML in, frozen settings out |
| `flows` | which way does an error travel? One file a way |
| `app` | how is it all put together? |
| `web`, `cli` | how do people and vendors come in? |
| `sandbox` | what do Sentry and Jira look like on a desk? |

An error travels:
`web/hooks → flows/intake → store → flows/worker → flows/interpret → rules → store → flows/perform → integrations`.
"""

__version__ = "0.1.0"
