"""Asana, held against its stand-in and against answers that the stand-in does not give."""
