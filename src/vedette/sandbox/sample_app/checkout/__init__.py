"""Checkout: carts and payments, of the team @acme/checkout."""
