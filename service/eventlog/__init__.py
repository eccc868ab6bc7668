"""The event log: what happened, in one order, append only."""
