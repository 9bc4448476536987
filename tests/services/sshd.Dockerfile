# A host with an SSH server, and a service that only it can reach.
ARG BASE
FROM ${BASE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends openssh-server \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
    && mkdir -p /run/sshd \
    # With a password of `*` an account can be used, but not by password.
    && useradd --create-home --shell /usr/sbin/nologin --password '*' tunnel
