"""`doctor`: whether an instance can work here and now, with one line and a remedy per finding.

``check`` reads the configuration and sends nothing; ``doctor`` tries what it names: the way to the
server, the container engine, the database, the mail server. Every side of it is a small function
that knows nothing of the others; those that wait do so at the same time, with one limit for all.
"""
