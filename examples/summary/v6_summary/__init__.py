"""Counts, means, standard deviations and categories of columns over all organizations."""

from v6_summary.central import summary
from v6_summary.partial import summary_per_site

__all__ = ["summary", "summary_per_site"]
