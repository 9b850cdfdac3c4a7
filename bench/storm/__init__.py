"""Machinery of the torture benchmark: the stage (processes), the weather (deliveries, kills) and the plain loop."""
