# The clinic's page. Build: docker build -t hairdensity .   Run: see compose.yaml and docs/clinic-running.md
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY . .
# Versions as tested; the models and sample images travel inside the package.
RUN python -m venv /opt/hairdensity \
 && /opt/hairdensity/bin/pip install --no-cache-dir -c constraints.txt '.[web,postgres]'

FROM python:3.13-slim-bookworm
RUN useradd --create-home --uid 10001 hairdensity \
 && install -d -o hairdensity -g hairdensity -m 700 /data /backups
COPY --from=build /opt/hairdensity /opt/hairdensity
ENV PATH=/opt/hairdensity/bin:$PATH \
    HAIRDENSITY_DATA=/data \
    PYTHONUNBUFFERED=1
USER hairdensity
VOLUME ["/data", "/backups"]
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8765/sign-in', timeout=4)"]
ENTRYPOINT ["hairdensity"]
CMD ["serve", "--host", "0.0.0.0", "--no-open"]
