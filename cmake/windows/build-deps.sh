#!/bin/bash
# build-deps.sh - the static libraries that taskseq needs on Windows, cross-built from Debian source packages.
# See usage() below and docs; the steps are in sources.sh (download, verify) and libraries.sh (build).
set -euo pipefail
shopt -s inherit_errexit

SCRIPT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly SCRIPT_DIR
readonly STARTED=$SECONDS

usage() {
    cat <<'TEXT'
usage: build-deps.sh TARGET [OUTDIR] [options]

Builds static zlib, zstd, jansson, Lua, libxml2, libarchive, OpenSSL, libcurl (and cmocka for the tests)
for Windows. The last line on standard output is the directory with include/ and lib/; progress goes to
standard error. What is built already is reused, without network.

TARGET   x64    gcc-mingw-w64, C run-time msvcrt
         arm64  Debian's clang and lld, C run-time UCRT (built as well)
OUTDIR   where the result goes. Default: windows-TARGET-KEY in the cache directory, which is TASKSEQ_CACHE,
         or taskseq in XDG_CACHE_HOME, or ~/.cache/taskseq. KEY changes with recipe, versions and compiler.

--jobs N             parallel compilations (default 2)
--print-dir          only print the directory; status 1 when it is not complete yet
--install-packages   install the Debian packages that are missing (needs root)
--update-lock        only write sources.lock, with the newest versions that the archive delivers
--locked             fail, instead of warning, when the versions of sources.lock cannot be had
TEXT
}

say() { printf '%5d s  %s\n' $((SECONDS - STARTED)) "$*" >&2; }
warn() { printf '%5d s  warning: %s\n' $((SECONDS - STARTED)) "$*" >&2; }
die() { printf 'build-deps.sh: %s\n' "$*" >&2; exit 1; }

# Everything that this script writes, unless OUTDIR is given.
readonly CACHE=${TASKSEQ_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/taskseq}
readonly SOURCE_CACHE=$CACHE/sources
# Sources that print their build date print this one (1980-01-01, the first that zip files can hold).
export SOURCE_DATE_EPOCH=315532800
export LC_ALL=C

TARGET='' OUTDIR='' JOBS=2 PRINT_DIR='' INSTALL_PACKAGES='' UPDATE_LOCK='' LOCKED=''

# shellcheck source=cmake/windows/sources.sh
. "$SCRIPT_DIR/sources.sh"
# shellcheck source=cmake/windows/libraries.sh
. "$SCRIPT_DIR/libraries.sh"
# shellcheck source=cmake/windows/arm64.sh
. "$SCRIPT_DIR/arm64.sh"

parse_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --jobs) [ $# -ge 2 ] || die "--jobs needs a number"; JOBS=$2; shift ;;
            --print-dir) PRINT_DIR=1 ;;
            --install-packages) INSTALL_PACKAGES=1 ;;
            --update-lock) UPDATE_LOCK=1 ;;
            --locked) LOCKED=1 ;;
            -h | --help) usage; exit 0 ;;
            -*) usage >&2; die "unknown option '$1'" ;;
            *)
                if [ -z "$TARGET" ]; then TARGET=$1
                elif [ -z "$OUTDIR" ]; then OUTDIR=$1
                else usage >&2; die "one argument too many: '$1'"; fi ;;
        esac
        shift
    done
    case $TARGET in
        x64 | arm64) ;;
        '') usage >&2; die "no target given" ;;
        *) die "unknown target '$TARGET': x64 or arm64" ;;
    esac
    [[ $JOBS =~ ^[1-9][0-9]*$ ]] || die "--jobs needs a number, not '$JOBS'"
}

# Program and Debian package, for what the target's build calls.
required_programs() {
    printf '%s\n' 'cmake cmake' 'ninja ninja-build' 'make make' 'perl perl' 'patch patch' 'xz xz-utils' \
        'bzip2 bzip2' 'apt-get apt' 'flock util-linux'
    case $TARGET in
        x64) printf '%s\n' 'x86_64-w64-mingw32-gcc-win32 gcc-mingw-w64-x86-64-win32' \
            'x86_64-w64-mingw32-windres binutils-mingw-w64-x86-64' ;;
        arm64) printf '%s\n' 'clang clang' 'ld.lld lld' 'llvm-ar llvm' ;;
    esac
}

check_packages() {
    local program package missing=()
    while read -r program package; do
        command -v "$program" > /dev/null || missing+=("$package")
    done < <(required_programs)
    [ ${#missing[@]} -gt 0 ] || return 0
    local command="apt-get -o DPkg::Lock::Timeout=590 install -y --no-install-recommends ${missing[*]}"
    [ -n "$INSTALL_PACKAGES" ] || die "packages are missing. Give --install-packages, or run: $command"
    say "installing ${missing[*]}"
    $command >&2 || die "cannot install ${missing[*]}"
}

# Tools and flags of the target. -fdata-sections with GCC turns zeroed statics into bytes of the file.
select_target() {
    case $TARGET in
        x64)
            TRIPLET=x86_64-w64-mingw32 SYSTEM_PROCESSOR=AMD64 OPENSSL_TARGET=mingw64
            CC=$TRIPLET-gcc-win32 SECTIONS=-ffunction-sections ;;
        arm64)
            TRIPLET=aarch64-w64-mingw32 SYSTEM_PROCESSOR=ARM64 OPENSSL_TARGET=mingwarm64
            CC=$TRIPLET-clang SECTIONS='-ffunction-sections -fdata-sections' ;;
    esac
    AR=$TRIPLET-ar RANLIB=$TRIPLET-ranlib RC=$TRIPLET-windres
}

# Text that changes when the compiler, its Windows headers or C run-time do.
compiler_identity() {
    case $TARGET in
        x64)
            "$CC" -dumpfullversion
            echo '#include <_mingw.h>' | "$CC" -E -dM - | grep __MINGW64_VERSION ;;
        arm64)
            clang --version
            locked_lines mingw-w64
            declare -f write_stack_probe write_tools build_crt ;;
    esac
}

is_complete() { # PREFIX KEY
    [ -e "$1/.complete" ] && [ "$(cat "$1/.complete")" = "$2" ]
}

short_hash() { sha256sum | cut -c1-16; }

# Hash of everything that decides what library $1 becomes; record lines come from file $2.
library_key() {
    local package need
    package=$(source_package "$1")
    {
        declare -f "build_$1" common_flags archive_of write_pc cmake_build install_library
        [ "$1" != openssl ] || declare -f leave_out_avx512_gcm
        echo "$TARGET $COMPILER $CC $SECTIONS $OPENSSL_TARGET $SOURCE_DATE_EPOCH"
        awk -v p="$package" '$1 == p' "$2"
        for need in $(needs_of "$1"); do library_key "$need" "$2"; done
    } | short_hash
}

# Hash of all libraries as the committed lock file describes them.
overall_key() {
    local name
    for name in $LIBRARIES; do library_key "$name" "$LOCK_FILE"; done | short_hash
}

# CMake package files are left out, so that the usual Find modules serve Linux and Windows alike; .pc files
# are made relocatable, because the result is copied.
install_library() { # BUILT-PREFIX FINAL-PREFIX
    rm -rf "${1:?}"/{bin,share,cmake,CMake,lib/cmake,lib/ossl-modules}
    # shellcheck disable=SC2016 # pkg-config is to expand it
    find "$1" -name '*.pc' -exec sed -i -e "s|$1|\${prefix}|g" -e 's|^prefix=.*|prefix=${pcfiledir}/../..|' {} +
    mkdir -p "$2"
    cp -R "$1/." "$2/"
}

# Runs in a subshell of its own, with its output in a log.
build_library() { # NAME VERSION WORK PREFIX DEPS
    unpack_source "$(source_package "$1")" "$2" "$3/source"
    "build_$1" "$3/source" "$3" "$4/stage" "$5"
    install_library "$4/stage" "$4"
    rm -rf "$4/stage"
}

# Builds library NAME into a cached directory of its own, unless it is there, and copies it into PREFIX.
make_library() { # NAME VERSION RECORD PREFIX
    local key built log=$CACHE/work-$TARGET/$1.log work=$CACHE/work-$TARGET/$1 started=$SECONDS status=0
    key=$(library_key "$1" "$3")
    built=$CACHE/libraries/$TARGET-$1-$key
    if [ ! -e "$built/.done" ]; then
        say "$1 $2: building"
        rm -rf "$work" "$built"
        mkdir -p "$work/build" "$built"
        # No '||' here: it would switch off 'set -e' inside.
        set +e
        (set -e; build_library "$1" "$2" "$work" "$built" "$4") > "$log" 2>&1
        status=$?
        set -e
        [ "$status" -eq 0 ] || { tail -n 20 "$log" >&2; die "$1 $2 does not build: all of its output is in $log"; }
        rm -rf "$work"
        : > "$built/.done"
        say "$1 $2: built in $((SECONDS - started)) s"
    fi
    cp -R "$built/include" "$built/lib" "$4/"
}

# Source packages of the target.
packages() {
    local name
    for name in $LIBRARIES; do source_package "$name"; done
    [ "$TARGET" != arm64 ] || echo mingw-w64
}

fetch_all() { # RECORD
    local package
    : > "$1"
    for package in $(packages); do fetch_source "$package" "$1"; done
}

# Downloads what is missing, builds what changed, and marks the result with its key.
build_all() { # PREFIX KEY
    local prefix=$1 record=$CACHE/work-$TARGET/sources.record name
    mkdir -p "$CACHE/work-$TARGET"
    fetch_all "$record"
    if [ -n "$LOCKED" ] && ! record_is_pinned "$record"; then
        warn_about_lock "$record"
        die "--locked: not all of the pinned sources can be had"
    fi
    rm -rf "$prefix"
    mkdir -p "$prefix"
    [ "$TARGET" != arm64 ] || use_arm64_compiler "$record" "$prefix"
    for name in $LIBRARIES; do
        make_library "$name" "$(record_version "$(source_package "$name")" "$record")" "$record" "$prefix"
    done
    cp "$record" "$prefix/sources.record"
    echo "$2" > "$prefix/.complete"
}

# The newest versions that the archive delivers become the pinned ones; for both targets.
update_lock() {
    local new=$CACHE/sources.lock.new
    TARGET=arm64
    fetch_all "$new"
    {
        echo '# Source packages of the Windows build: name, version, file, SHA-256 (checked by apt up to the'
        echo '# signature of the archive). Written by: build-deps.sh x64 --update-lock'
        cat "$new"
    } > "$LOCK_FILE"
    rm "$new"
    say "written: $LOCK_FILE"
}

main() {
    parse_arguments "$@"
    check_packages
    mkdir -p "$CACHE" "$SOURCE_CACHE"
    if [ -n "$UPDATE_LOCK" ]; then update_lock; return; fi
    [ -r "$LOCK_FILE" ] || die "no '$LOCK_FILE': make one with --update-lock"
    select_target
    COMPILER=$(compiler_identity)
    local key prefix
    key=$(overall_key)
    prefix=${OUTDIR:-$CACHE/windows-$TARGET-$key}
    if [ -n "$PRINT_DIR" ]; then
        echo "$prefix"
        is_complete "$prefix" "$key"
        return
    fi
    if ! is_complete "$prefix" "$key"; then # what is complete waits for nobody
        exec 9> "$CACHE/lock-$TARGET"
        flock -n 9 || { say "waiting for another build of $TARGET"; flock 9; }
        if ! is_complete "$prefix" "$key"; then
            build_all "$prefix" "$key"
            say "complete: $prefix"
        fi
    fi
    warn_about_lock "$prefix/sources.record"
    echo "$prefix"
}

main "$@"
