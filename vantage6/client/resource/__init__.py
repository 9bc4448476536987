"""The groups of methods of the client, one per noun."""
