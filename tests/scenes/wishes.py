"""A reseller whose user opens the pages of the demo addon."""

from __future__ import annotations

from .people import make_reseller, make_reseller_user


def main(env, login):
    """Make the reseller and its user; returns nothing."""
    make_reseller_user(env, login, make_reseller(env, "Wish"))
