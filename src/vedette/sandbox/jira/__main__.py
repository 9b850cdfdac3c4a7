"""The stand-in Jira as a process of its own: `python -m vedette.sandbox.jira --port 0 --log FILE`."""

from vedette.sandbox.jira.server import PARTS
from vedette.sandbox.stage.process import serve

if __name__ == "__main__":
    raise SystemExit(serve(PARTS))
