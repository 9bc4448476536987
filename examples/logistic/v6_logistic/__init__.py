"""Logistic regression over all organizations of a collaboration."""

from v6_logistic.central import fit
from v6_logistic.partial import RPC_likelihood, RPC_moments

__all__ = ["RPC_likelihood", "RPC_moments", "fit"]
