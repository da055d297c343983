"""Faults between two Odoos, and a run that shows what becomes of the orders."""
