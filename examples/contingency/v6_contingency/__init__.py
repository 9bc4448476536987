"""Cross table of two columns over all organizations of a collaboration."""

from v6_contingency.central import crosstab
from v6_contingency.partial import RPC_crosstab_partial

__all__ = ["RPC_crosstab_partial", "crosstab"]
