# The allow-list proxy of a node (`whitelist` in its configuration). Nothing is copied into it:
#     docker build -t vantage6/squid:3.12 - < squid.Dockerfile
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends squid socat \
    && rm -rf /var/lib/apt/lists/*
