"""The tests: one folder per room, a file per thing that somebody does, a sentence per test."""
