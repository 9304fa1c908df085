"""What the system costs, as ratios within one run: absolute times mean little on shared machines."""
