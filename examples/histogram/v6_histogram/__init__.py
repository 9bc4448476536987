"""Histogram and quantiles of one column over all organizations of a collaboration."""

from v6_histogram.central import distribution
from v6_histogram.partial import RPC_groups

__all__ = ["RPC_groups", "distribution"]
