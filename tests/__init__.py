"""The tests: rules by tables, flows by recorded payloads, the house by its own laws."""
