"""What an operator runs: prepare, work, demo, bench, doctor, and the exports."""
