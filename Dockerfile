# The image where there is Docker and no Rust: `docker build -t sixshift .`. With Rust and buildah: deploy/image/build.
FROM docker.io/library/rust:1.95-slim-trixie AS build
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates cmake g++ git make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# What `sixshift version` tells: --build-arg REVISION="$(git rev-parse HEAD)".
ARG REVISION
RUN SIXSHIFT_COMMIT="$REVISION" deploy/image/files /out

FROM scratch
COPY --from=build /out/image/ /
COPY --from=build --chown=65532:65532 /out/kept/ /var/lib/sixshift/
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="sixshift" \
      org.opencontainers.image.description="Moves Amazon ECS services from IPv4 to IPv6-only" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/sixshift/sixshift"
# What is written: the journal, where it is a file, and copies of repositories.
VOLUME /var/lib/sixshift
# One heap for its few threads, and what is free goes back: of a fleet's memory a megabyte.
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_TOP_PAD_=4096
EXPOSE 8686
USER 65532:65532
ENTRYPOINT ["/sixshift"]
CMD ["run", "--config", "/etc/sixshift/sixshift.yaml"]
