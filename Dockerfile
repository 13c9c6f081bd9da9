# Two stages: the wheel is built in the first, the second holds only what runs. No engine is needed to check it: CI runs
# the same scripts (docker/) against the same wheel, and tests/check_compose.py the commands of compose.yaml.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir "$(ls /wheels/pavement-*.whl)[postgres]" && rm -rf /wheels \
    && useradd --create-home --uid 10001 pavement && install -d -o pavement /data /certs
COPY docker/entrypoint.sh docker/healthcheck.py /opt/pavement/
USER pavement
WORKDIR /home/pavement
ENV PAVEMENT_DATA=/data
VOLUME ["/data", "/certs"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["python", "/opt/pavement/healthcheck.py"]
ENTRYPOINT ["/opt/pavement/entrypoint.sh"]
