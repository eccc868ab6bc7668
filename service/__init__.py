"""Undersigned: a campaign petition service whose signature log strangers can check."""
