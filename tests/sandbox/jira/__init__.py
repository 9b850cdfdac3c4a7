"""The stand-in Jira, asked by a real HTTP client."""
