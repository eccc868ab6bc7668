"""Tests of what all pages share, and of how every page reads and looks."""
