"""The mock of 4.x: one list of databases per organization, each with its ``preprocessing``."""

from vantage6.algorithm.tools.preprocessing import preprocess_data
from vantage6.tools.mock_client import Dataset, DecoratedMockClient
from vantage6.tools.surroundings import Data

__all__ = ["MockAlgorithmClient"]


class MockAlgorithmClient(DecoratedMockClient):
    """See `vantage6.tools.mock_client`."""

    def _data(self, dataset: Dataset) -> Data:
        return preprocess_data(super()._data(dataset), dataset.get("preprocessing") or [])
