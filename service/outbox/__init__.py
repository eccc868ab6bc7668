"""The outbox: mail that waits in the database, sealed, until a mail server has taken it."""
