# The web app is built, Python's packages are installed into a virtual environment, and the last stage
# carries both and the code, and nothing else.
FROM node:20-slim AS web
WORKDIR /app
COPY clients/typescript clients/typescript
COPY web web
RUN npm ci --prefix clients/typescript --no-audit --no-fund && npm ci --prefix web --no-audit --no-fund
RUN npm run build --prefix web && \
    find web/dist -type f \( -name '*.js' -o -name '*.css' \) -exec gzip --keep --best {} +

FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app
# What reads scans: without it they end as `needs_ocr`.
RUN apt-get update && apt-get install --yes --no-install-recommends tesseract-ocr && rm -rf /var/lib/apt/lists/*
WORKDIR /app
RUN useradd --system --uid 10001 holdfast
# A new volume that is mounted here belongs to whoever the folder does.
RUN install -d -o holdfast -m 700 /originals
COPY --from=build /venv /venv
COPY activities ./activities
COPY adapters ./adapters
COPY api ./api
COPY cli ./cli
COPY clients/python/holdfast_client ./holdfast_client
COPY deploy ./deploy
COPY domain ./domain
COPY local ./local
COPY migrations ./migrations
COPY models ./models
COPY queues ./queues
COPY settings ./settings
COPY workflows ./workflows
COPY --from=web /app/web/dist ./web/dist
COPY pyproject.toml README.md toolset.py wiring.py worker.py ./
# The `holdfast` command, and the version that the edge tells.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER holdfast
EXPOSE 8000
# As `local/product.py` starts it. Streams never end by themselves: their readers resume elsewhere.
CMD ["uvicorn", "api.app:create", "--factory", "--host", "0.0.0.0", "--port", "8000", "--loop", "uvloop", \
     "--no-access-log", "--timeout-graceful-shutdown", "5", "--timeout-keep-alive", "75", \
     "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--ws-max-size", "262144", \
     "--ws-ping-interval", "20", "--ws-ping-timeout", "20"]
