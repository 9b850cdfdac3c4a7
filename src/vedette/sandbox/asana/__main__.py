"""The stand-in Asana as a process of its own: `python -m vedette.sandbox.asana --port 0 --log FILE`."""

from vedette.sandbox.asana.server import PARTS
from vedette.sandbox.stage.process import serve

if __name__ == "__main__":
    raise SystemExit(serve(PARTS))
