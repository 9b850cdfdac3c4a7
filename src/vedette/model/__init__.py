"""Words: frozen data that every room shares; imports nothing of ours."""
