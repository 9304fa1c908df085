"""What the system costs, measured; ratios within one run, since absolute times mean little on shared machines."""
