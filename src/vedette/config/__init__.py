"""Settings: YAML in, frozen settings out, every problem named with file, line and column."""
