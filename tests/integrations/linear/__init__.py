"""Linear as a tracker, before its stand-in."""
