"""Memory: all SQL, for SQLite and PostgreSQL alike."""
