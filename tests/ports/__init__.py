"""The tools that vendors share."""
