# The daemon and nothing else. Build with any OCI builder: `buildah bud -t sixshift .` or `docker build -t sixshift .`
FROM docker.io/library/rust:1.95-slim-trixie AS build
RUN apt-get update && apt-get install --yes --no-install-recommends cmake g++ make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# What `sixshift version` tells: --build-arg SIXSHIFT_COMMIT="$(git rev-parse HEAD)".
ARG SIXSHIFT_COMMIT
# --target keeps crt-static away from procedural macros.
RUN target="$(rustc -vV | sed -n 's/^host: //p')" \
    && RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --release --package sixshift --target "$target" \
    && cp "target/$target/release/sixshift" /sixshift

FROM scratch
# TLS to AWS trusts the same authorities as Debian does.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /sixshift /sixshift
USER 65532:65532
ENTRYPOINT ["/sixshift"]
CMD ["run", "--config", "/etc/sixshift/sixshift.yaml"]
