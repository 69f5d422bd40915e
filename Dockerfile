# Stage 1 installs into a virtual environment; stage 2 carries it and the code, and nothing else.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock pyproject.toml README.md ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app
WORKDIR /app
RUN useradd --system --uid 10001 holdfast
# A new volume that is mounted here belongs to whoever the folder does.
RUN install -d -o holdfast -m 700 /originals
COPY --from=build /venv /venv
COPY activities ./activities
COPY adapters ./adapters
COPY api ./api
COPY cli ./cli
COPY deploy ./deploy
COPY domain ./domain
COPY local ./local
COPY migrations ./migrations
COPY models ./models
COPY workflows ./workflows
COPY settings.py toolset.py wiring.py worker.py ./
USER holdfast
EXPOSE 8000
CMD ["uvicorn", "api.app:create", "--factory", "--host", "0.0.0.0", "--port", "8000", "--loop", "uvloop"]
