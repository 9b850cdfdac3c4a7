"""What the exactness of the monitor is held against: a simulated month of errors, and the loop that it replaces."""
