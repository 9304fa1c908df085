"""What should happen next, and why: pure, without a clock, a database or a network."""
