"""Scenes: what a journey needs in a database before it begins.

Each file has a ``main(env, ...)`` that makes records and returns what the test has to
know of them, as plain values. ``run_scene(odoo, database, "taps", login="anna")`` of
:mod:`tests.helpers` runs it in Odoo's shell, on every series alike.
"""
