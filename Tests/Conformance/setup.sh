#!/usr/bin/env bash
# Makes the Autobahn test suite run on Debian's Jython, from Debian's and PyPI's packages alone. Usage: setup.sh DIRECTORY
#
# The suite is Python 2 and stands on Twisted. Jython runs it without the parts in C.
set -euo pipefail
directory=$1
version="25.10.1-1"
[ "$(cat "$directory/.ready" 2>/dev/null)" = "$version" ] && exit 0

for command in jython unzip pip3; do
    command -v $command >/dev/null && continue
    [ "$(id -u)" -eq 0 ] || { echo "conformance: install jython, unzip and python3-pip first" >&2; exit 1; }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends jython unzip python3-pip >/dev/null
    break
done

rm -rf "$directory"
mkdir -p "$directory/packages" "$directory/site"
cd "$directory"
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
