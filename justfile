# Shortcuts; everything here is also a plain command in the README or in .ci/run.

nextest_version := "0.9.143"
deny_version := "0.20.2"

# What there is.
default:
    @just --list

# The demo: a small fleet migrates against a simulated region.
demo *ARGS:
    cargo run -- demo {{ARGS}}

# Every test.
test:
    tests/run

# What CI runs.
ci:
    .ci/run

# The tools that CI uses, at the versions that it uses.
tools:
    cargo install --locked cargo-nextest --version {{nextest_version}}
    cargo install --locked cargo-deny --version {{deny_version}}

# Known advisories; needs the network.
advisories:
    cargo deny check advisories

# The documentation's pictures of the pages, made anew by the browser's tests.
pictures:
    SIXSHIFT_PICTURES={{justfile_directory()}}/docs/pictures cargo nextest run -p sixshift-tests --test browser

# New golden files, to be read before they are committed.
golden:
    INSTA_UPDATE=always tests/run
