# One image for `serve`, `worker` and `migrate`. Node is needed to build the front end only.
FROM node:24-bookworm-slim AS front
WORKDIR /assent/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --ignore-scripts
COPY frontend/ ./
# Fonts are what documents are set in; nothing else of npm runs on the server.
RUN node build.mjs && find node_modules -mindepth 1 -maxdepth 1 ! -name @expo-google-fonts -exec rm -rf {} +

# PyICU has no wheel: it is built here, so that no compiler is in the image that runs.
FROM python:3.13-slim-bookworm AS wheels
RUN apt-get update && apt-get install -y --no-install-recommends g++ libicu-dev pkg-config && rm -rf /var/lib/apt/lists/*
COPY requirements/runtime.txt .
RUN pip wheel --no-cache-dir --no-deps --require-hashes -r runtime.txt -w /wheels

FROM python:3.13-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libicu72 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data assent && install -d -o assent -g assent -m 0700 /data
WORKDIR /assent
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels pip install --no-cache-dir --no-deps --no-index /wheels/*.whl
COPY pyproject.toml README.md ./
COPY backend/ backend/
RUN pip install --no-cache-dir --no-deps -e .
COPY policies/ policies/
COPY migrations/ migrations/
COPY demo/ demo/
COPY --from=front /assent/frontend/ frontend/
RUN (cd frontend/locales 2>/dev/null && pybabel compile -d . || true)
USER assent
VOLUME /data
ENV ASSENT_DATA=/data
ENTRYPOINT ["assent"]
CMD ["serve", "--data", "/data", "--host", "0.0.0.0", "--port", "8000"]
