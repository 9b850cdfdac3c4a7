"""The door under load: a `vedette serve`, and a generator that is lighter than what it measures."""
