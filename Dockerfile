# Digest in a container; docs/deploy-docker.md says how to use it. Built from the top of the repository.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/digest"]
COPY requirements-postgres.lock ./
# exactly what the lock names, by its hashes; what builds the project is among it
RUN ["/opt/digest/bin/python", "-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", "requirements-postgres.lock"]
COPY pyproject.toml README.md LICENSE digest.toml subscribers.csv ./
COPY templates templates
COPY digest digest
RUN ["/opt/digest/bin/python", "-m", "pip", "install", "--no-deps", "--no-build-isolation", "."]
# without a shell two commands are two steps
# hadolint ignore=DL3059
RUN ["/opt/digest/bin/python", "-m", "pip", "check"]

FROM python:3.12-slim
COPY --from=build /opt/digest /opt/digest
# nothing is written but the workspace and /tmp: the root file system may be read-only
ENV PATH=/opt/digest/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp DIGEST_WORKSPACE=/workspace
WORKDIR /workspace
# a number and no name: it owns nothing in the image
USER 10001:10001
VOLUME ["/workspace"]
EXPOSE 8025 8026
STOPSIGNAL SIGTERM
# the program itself reads its settings and its database, and ends with another code than 0 where it cannot
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["digest", "status"]
ENTRYPOINT ["digest"]
CMD ["run"]
