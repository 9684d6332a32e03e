#!/bin/sh
# install-packages.sh SET... - installs the Debian packages of one or more sets; does nothing when
# they are there. Sets: build, test, lint, windows.
set -eu

build="cmake ninja-build gcc libc6-dev pkg-config libxml2-dev liblua5.4-dev libcurl4-openssl-dev
  libssl-dev libjansson-dev libarchive-dev libzstd-dev
  libfdisk-dev ntfs-3g-dev libwim-dev libhivex-dev"
test="libcmocka-dev libxml2-utils jing nginx-light openssl curl aria2 skopeo docker-registry zip unzip
  python3 jq util-linux fdisk ntfs-3g dosfstools mtools wimtools libhivex-bin
  genisoimage"
lint="clang clang-format clang-tidy cppcheck libclang-rt-14-dev mandoc"
windows="gcc-mingw-w64-x86-64-win32 binutils-mingw-w64-x86-64 wine64 make perl patch xz-utils bzip2
  ca-certificates curl openssl unzip jq fdisk ntfs-3g dosfstools mtools wimtools"

wanted=
for set in "$@"; do
  case $set in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test" ;;
    lint) wanted="$wanted $lint" ;;
    windows) wanted="$wanted $windows" ;;
    *) echo "install-packages.sh: unknown set '$set' (build, test, lint, windows)" >&2; exit 2 ;;
  esac
done

missing=
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "become root, or install:$missing" >&2; exit 1; }
  sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
wait_for_lock="-o DPkg::Lock::Timeout=590"
$sudo apt-get $wait_for_lock -qq update
# shellcheck disable=SC2086 # the list is meant to be split
$sudo apt-get $wait_for_lock -qq install -y --no-install-recommends $missing >/dev/null
