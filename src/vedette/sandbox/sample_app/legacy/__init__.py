"""Legacy: what nobody owns, on purpose."""
