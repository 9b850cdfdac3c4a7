"""`python -m vedette`: the command, without an installed script."""

from vedette.cli.main import run

if __name__ == "__main__":
    run()
