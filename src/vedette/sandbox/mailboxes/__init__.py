"""Stand-ins of mailboxes, on loopback."""
