"""Alembic's entry: runs inside the transaction and on the connection that `store/migrating` hands over."""

from alembic import context

from vedette.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,  # both databases create tables inside a transaction, and ours is open already
)
context.run_migrations()
