"""The house itself: what the build promises about files, functions, imports, locks and documents."""
