"""Linear regression over all organizations of a collaboration."""

from v6_linear.central import fit
from v6_linear.partial import RPC_moments

__all__ = ["RPC_moments", "fit"]
