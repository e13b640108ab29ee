# One image for API, page and worker; see docker-compose.yml.
FROM node:22-slim AS page
WORKDIR /app/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY docs/openapi.json /app/docs/
COPY web ./
RUN npm run api && npm run build

FROM python:3.13-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends espeak-ng \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
# the dependencies change seldom: their layer comes before the code
COPY pyproject.toml README.md LICENSE NOTICE ./
RUN pip install --no-cache-dir setuptools \
    && python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*p['dependencies'], *p['optional-dependencies']['postgres'], sep='\n')" > /tmp/requirements.txt \
    && pip install --no-cache-dir --requirement /tmp/requirements.txt
COPY . .
COPY --from=page /app/service/static service/static
RUN pip install --no-cache-dir --no-deps --editable . \
    && useradd --create-home chironomia \
    && mkdir /data /weights \
    && chown chironomia /data
USER chironomia

ENV CHIRONOMIA_HOME=/data \
    CHIRONOMIA_LOG_FORMAT=json \
    OMP_WAIT_POLICY=PASSIVE \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["chironomia"]
CMD ["serve", "--host", "0.0.0.0"]
