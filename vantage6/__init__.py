"""vantage6: federated analysis in which the question travels and the data stays."""

__version__ = "3.12.0.dev0"
