"""Migrations: one file per revision under `versions/`, named by its number; Alembic runs them."""
