"""Kaplan-Meier survival curves over all organizations of a collaboration."""

from v6_kaplan_meier.central import survival
from v6_kaplan_meier.partial import RPC_table

__all__ = ["RPC_table", "survival"]
