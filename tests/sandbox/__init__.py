"""The stand-in vendors themselves."""
