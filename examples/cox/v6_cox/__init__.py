"""Cox proportional hazards over all organizations of a collaboration."""

from v6_cox.central import fit
from v6_cox.partial import RPC_moments, RPC_risk_sets

__all__ = ["RPC_moments", "RPC_risk_sets", "fit"]
