"""Store: what Vedette remembers, in SQLite or PostgreSQL; every SQL statement lives in this room.

Law: the store never decides. Functions that take `tx` run inside a transaction that the caller opened with
`Store.write` or `Store.read`, and compose; `now` is passed in.
"""
