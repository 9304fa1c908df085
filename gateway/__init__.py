"""Hears the world: what reaches it is on record before anything else happens."""
