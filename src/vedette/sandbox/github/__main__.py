"""The stand-in GitHub as a process of its own: `python -m vedette.sandbox.github --port 0 --log FILE`."""

from vedette.sandbox.github.server import PARTS
from vedette.sandbox.stage.process import serve

if __name__ == "__main__":
    raise SystemExit(serve(PARTS))
