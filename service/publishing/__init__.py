"""The published log: its entries in order, for everybody."""
