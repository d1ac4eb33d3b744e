#!/usr/bin/env bash
# Makes the Autobahn test suite run, from Debian's and PyPI's packages alone. Usage: setup.sh DIRECTORY
#
# The suite is Python 2 and stands on Twisted, without whose parts in C it runs. DIRECTORY/python2 is what runs it: the PyPy of
# Debian 11, the last release that has one of Python 2, unpacked beside the suite; where that is not to be had, Debian 12's
# Jython, which takes about ten times as long.
set -euo pipefail
directory=$1
version="25.10.1-2"
[ "$(cat "$directory/.ready" 2>/dev/null)" = "$version" ] && exit 0

# Installs the packages of commands that are missing: COMMAND or COMMAND=PACKAGE
need() {
    local packages=()
    for pair in "$@"; do command -v "${pair%%=*}" >/dev/null || packages+=("${pair##*=}"); done
    [ ${#packages[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || { echo "conformance: install ${packages[*]} first" >&2; exit 1; }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}
need unzip pip3=python3-pip

rm -rf "$directory"
mkdir -p "$directory/packages" "$directory/site" "$directory/apt/lists/partial" "$directory/apt/archives/partial"
directory=$(realpath "$directory")
cd "$directory"

# Packages of another release are only unpacked here, never installed.
unpack_pypy() {
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg
    [ "$(dpkg --print-architecture)" = amd64 ] && [ -f $keys ] || return 1
    echo "deb [signed-by=$keys] http://deb.debian.org/debian bullseye main" >apt/sources.list
    local options=(-qq -o Dir::Etc::sourcelist="$PWD/apt/sources.list" -o Dir::Etc::sourceparts=-
        -o Dir::State::lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update && (cd apt && apt-get "${options[@]}" download pypy pypy-lib libffi7) || return 1
    for package in apt/*.deb; do dpkg -x "$package" pypy; done
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' \
        "$directory/pypy/usr/lib/x86_64-linux-gnu" "$directory/pypy/usr/bin/pypy" >python2
    chmod +x python2
    ./python2 -c 'import zlib, _cffi_backend' || return 1
}
if ! unpack_pypy; then
    echo "conformance: no PyPy of Python 2 is to be had; Jython is slow"
    need jython
    ln -sf "$(command -v jython)" python2
fi
echo "conformance: fetching the Autobahn test suite"
download() { pip3 download -q --disable-pip-version-check --no-deps -d packages "$@"; }
python2=(--only-binary=:all: --python-version 2.7)
for package in incremental==16.10.1 jinja2==2.11.3 six==1.16.0 constantly==15.1.0 attrs==21.4.0 hyperlink==21.0.0 idna==2.10 \
    typing==3.10.0.0 Automat==20.2.0 setuptools==44.0.0 autobahntestsuite==25.10.1; do
    download "${python2[@]}" --implementation py --abi none --platform any "$package"
done
for package in zope.interface==4.6.0 MarkupSafe==1.1.1; do
    download "${python2[@]}" --implementation cp --abi cp27mu --platform manylinux1_x86_64 "$package"
done
# These exist as sources only; their metadata can be read by Python 3.
for package in txaio==2.1.0 autobahn==0.10.9 Twisted==19.10.0; do
    download --no-binary=:all: "$package"
done
for wheel in packages/*.whl; do unzip -q -o "$wheel" -d site; done
for archive in packages/*.tar.*; do tar -xf "$archive" -C packages; done
cp -r packages/txaio-*/txaio packages/autobahn-0.10.9/autobahn packages/Twisted-19.10.0/src/twisted site/
touch site/zope/__init__.py
find site -name '*.so' -delete
# Twisted's deprecated module attributes break Jython's import of the modules below these packages.
for file in site/twisted/python/__init__.py site/twisted/protocols/__init__.py; do : >"$file"; done
echo "$version" >.ready
