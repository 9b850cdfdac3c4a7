"""Tools: a folder that no line of CODEOWNERS matches."""
