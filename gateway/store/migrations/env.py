"""Run by alembic for every migration, on the connection and in the transaction `migrate` opened."""

from alembic import context

from gateway.store.tables import metadata

# One transaction for all of it: a crash half-way leaves the database as it was.
# Never `render_as_batch`: on SQLite it makes the table anew, and the log's triggers would be gone in silence.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
