"""Door: the `vedette` command, one file per duty."""
