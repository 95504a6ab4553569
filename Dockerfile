# The gateway as a container image; plain docker, podman or buildah, nothing of BuildKit:
#
#   docker build -t landbridge .
#   buildah bud --format docker -t landbridge .        (the OCI format has no health check)
#
# BASE is any Debian 12; what it lacks of Debian's own Python 3.11 and of the CA certificates is installed.
ARG BASE=debian:12-slim

FROM ${BASE} AS python
RUN dpkg -s python3 ca-certificates >/dev/null 2>&1 \
    || { apt-get update -q \
         && apt-get install -yq --no-install-recommends python3 ca-certificates \
         && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log; }

FROM python AS build
RUN dpkg -s python3-venv >/dev/null 2>&1 \
    || { apt-get update -q && apt-get install -yq --no-install-recommends python3-venv; }
# Where packages come from is whoever builds; these are known in this stage only and leave no trace in the image.
ARG PIP_INDEX_URL
ARG PIP_FIND_LINKS
ARG PIP_NO_INDEX
ARG PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.txt requirements-build.txt ./
# Every file that is installed is named by its digest. The environment gets no pip: nobody installs there again.
RUN python3 -m venv tools \
    && tools/bin/pip install --quiet --require-hashes --requirement requirements-build.txt \
    && python3 -m venv --without-pip /opt/landbridge \
    && tools/bin/pip --python /opt/landbridge/bin/python install --quiet --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts
COPY adapters adapters
COPY gateway gateway
COPY demo demo
RUN tools/bin/pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir wheel . \
    && tools/bin/pip --python /opt/landbridge/bin/python install --quiet --no-index --no-deps wheel/*.whl \
    && find /opt/landbridge \( -name '*.c' -o -name '*.h' -o -name '*.py[xi]' -o -name '*.px[di]' -o -name direct_url.json \) -delete

FROM python
LABEL org.opencontainers.image.title="Landbridge 陆桥" \
      org.opencontainers.image.description="The real estate registration system's one door to other agencies' materials" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/landbridge --shell /usr/sbin/nologin landbridge \
    && install -d -m 0700 -o 10001 -g 10001 /var/lib/landbridge \
    && rm -rf /var/log/lastlog /var/log/faillog
COPY --from=build /opt/landbridge /opt/landbridge
# The rules of the law; agencies, grants and settings are the site's and are mounted over this folder.
COPY config/rules.yaml /config/rules.yaml
ENV PATH=/opt/landbridge/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LANDBRIDGE_HOME=/var/lib/landbridge \
    LANDBRIDGE_CONFIG=/config \
    LANDBRIDGE_HOST=0.0.0.0 \
    LANDBRIDGE_PORT=8100
# The one place it writes to (and /tmp, a tmpfs): everything else may be read-only.
VOLUME /var/lib/landbridge
WORKDIR /var/lib/landbridge
USER 10001:10001
EXPOSE 8100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=3 \
    CMD ["/opt/landbridge/bin/python", "-m", "gateway.cli.health"]
ENTRYPOINT ["/opt/landbridge/bin/landbridge"]
CMD ["serve"]
