"""The effects: each does one thing to the world, once, lawfully."""
