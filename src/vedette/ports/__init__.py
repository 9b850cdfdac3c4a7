"""Sockets: the roles that a vendor can play, and the tools it plays them with."""
