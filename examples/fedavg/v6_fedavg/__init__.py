"""Federated averaging of a small neural network that tells two classes apart."""

from v6_fedavg.central import train
from v6_fedavg.partial import RPC_evaluate_partial, RPC_moments_partial, RPC_train_partial

__all__ = ["RPC_evaluate_partial", "RPC_moments_partial", "RPC_train_partial", "train"]
