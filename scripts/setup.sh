#!/usr/bin/env bash
# Installs what is missing, and says so. Safe to run again. Usage: setup.sh build|test|bench|protocol
set -euo pipefail
cd "$(dirname "$0")/.."

stage=${1:-build}
build_packages=(zlib1g-dev liblz4-dev libc6-dev libstdc++-12-dev)
test_packages=(python3-venv openssl chromium curl)
bench_packages=(python3-venv wrk gcc libc6-dev nginx-light)

install() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "setup: these Debian packages are needed: ${missing[*]}" >&2
        echo "setup: run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    echo "setup: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

python_environment() {
    local wanted=$1 stamp=.venv/.$2
    [ -x .venv/bin/python ] || { echo "setup: creating .venv"; python3 -m venv .venv; }
    if ! cmp -s "$wanted" "$stamp"; then
        echo "setup: installing Python packages of $wanted"
        .venv/bin/python -m pip install -q --disable-pip-version-check -r "$wanted"
        cp "$wanted" "$stamp"
    fi
}

command -v swift >/dev/null || {
    echo "setup: Swift 6.2 or later is needed: https://www.swift.org/install/linux/" >&2
    exit 1
}

case $stage in
build) install "${build_packages[@]}" ;;
test)
    install "${build_packages[@]}" "${test_packages[@]}"
    python_environment Tests/EndToEnd/requirements.txt end-to-end
    ;;
bench)
    install "${build_packages[@]}" "${bench_packages[@]}"
    python_environment Tests/EndToEnd/requirements.txt end-to-end
    python_environment Benchmarks/requirements.txt bench
    ;;
protocol) install "${build_packages[@]}" protobuf-compiler ;;
*)
    echo "usage: setup.sh build|test|bench|protocol" >&2
    exit 2
    ;;
esac
