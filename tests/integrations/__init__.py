"""Vendors, each before a stand-in of it."""
