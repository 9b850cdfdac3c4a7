# Vedette in one image: the locked libraries, the product, a user without rights.
#   docker build -t vedette .
#   docker run -v ./vedette.yaml:/etc/vedette/vedette.yaml:ro -v vedette:/var/lib/vedette -p 8080:8080 vedette
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /build
RUN python -m venv /opt/vedette
# The libraries first: their layer is rebuilt only when the lock changes.
COPY requirements/runtime.txt ./
RUN /opt/vedette/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/vedette/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/vedette --create-home --shell /usr/sbin/nologin vedette \
    && mkdir /etc/vedette
COPY --from=build /opt/vedette /opt/vedette
ENV PATH=/opt/vedette/bin:$PATH PYTHONUNBUFFERED=1
USER vedette
# `store.url: sqlite:///vedette.db` of the settings is relative, and lies here.
WORKDIR /var/lib/vedette
VOLUME /var/lib/vedette
# Only the door for webhooks, which in a container must listen on 0.0.0.0:8080: its default is 127.0.0.1:8080. The pages
# stay on the container's own loopback (127.0.0.1:8081) until a login is set up.
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["vedette"]
CMD ["serve", "--config", "/etc/vedette/vedette.yaml"]
