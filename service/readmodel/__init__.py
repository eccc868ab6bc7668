"""The runner that follows the log and keeps read models true to it."""
