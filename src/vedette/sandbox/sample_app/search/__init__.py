"""Search: finding articles, of the team @acme/search."""
