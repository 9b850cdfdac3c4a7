"""Ways: the imperative shell, one file per way; gather, decide, act."""
