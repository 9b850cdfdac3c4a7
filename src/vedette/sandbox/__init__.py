"""Practice: stand-in vendors on loopback, one file or folder per vendor, as strict as the real ones."""
