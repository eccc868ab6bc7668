"""The database: engine, group commit, gates, tables and migrations."""
