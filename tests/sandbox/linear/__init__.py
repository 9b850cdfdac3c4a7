"""The stand-in Linear, asked by a real HTTP client."""
