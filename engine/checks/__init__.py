"""Checks of the sources that no ready tool makes.

``.pre-commit-config.yaml`` lists all checks, these among them.

Each file is a program that takes file names, or none for the whole repository, prints
what it has to say, and ends with 1 when something has to be corrected.
"""
