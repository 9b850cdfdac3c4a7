"""Benchmarks: one file a promise, each printing one JSON object as its last line."""
