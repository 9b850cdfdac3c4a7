"""The stand-in Linear as a process of its own: `python -m vedette.sandbox.linear --port 0 --log FILE`."""

from vedette.sandbox.linear.server import PARTS
from vedette.sandbox.stage.process import serve

if __name__ == "__main__":
    raise SystemExit(serve(PARTS))
