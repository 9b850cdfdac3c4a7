"""External API: what merchants call, of the team @acme/merchant-external."""
