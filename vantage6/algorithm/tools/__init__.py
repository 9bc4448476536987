"""The 4.x names of `vantage6.tools`."""
