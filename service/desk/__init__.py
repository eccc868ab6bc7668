"""The desk: organizers' accounts, their roles and second factors, and what only two people together may do."""
