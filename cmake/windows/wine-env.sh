#!/bin/bash
# wine-env.sh - a Wine prefix for the tests of the Windows build: made once, outside the tree, and reused.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: wine-env.sh [--prefix DIR]                 prints the environment, for: eval "$(wine-env.sh)"
       wine-env.sh [--prefix DIR] --run EXE [ARG...]   runs a program in it, with its exit status
       wine-env.sh [--prefix DIR] --stop          ends the prefix's wineserver

The prefix answers as Windows 10, has no display, and neither .NET nor a browser. Default DIR: TASKSEQ_WINEPREFIX,
or one per Wine version in the cache directory (TASKSEQ_CACHE, or taskseq in XDG_CACHE_HOME, or ~/.cache/taskseq).
TEXT
}

die() { printf 'wine-env.sh: %s\n' "$*" >&2; exit 125; }

# Debian's wine64 package has the loader outside PATH.
find_wine() {
    local candidate
    for candidate in /usr/lib/wine/wine64 "$(command -v wine64)" "$(command -v wine)"; do
        if [ -x "$candidate" ]; then echo "$candidate"; return; fi
    done
    die "no Wine: apt-get install --no-install-recommends wine64"
}

find_wineserver() {
    local candidate
    for candidate in /usr/lib/wine/wineserver64 /usr/lib/wine/wineserver "$(command -v wineserver)"; do
        if [ -x "$candidate" ]; then echo "$candidate"; return; fi
    done
    die "no wineserver: apt-get install --no-install-recommends wine64"
}

# Made in a directory beside the final one and renamed, so that a broken prefix is never reused.
# Wine's default is Windows 7, hence the registry value.
make_prefix() {
    local final=$WINEPREFIX status=0
    mkdir -p "$(dirname "$final")"
    (
        flock 9
        [ ! -e "$final/.taskseq-ready" ] || exit 0
        rm -rf "$final.new"
        export WINEPREFIX=$final.new
        timeout 300 "$WINE" wineboot -i
        timeout 60 "$WINE" reg add 'HKCU\Software\Wine' /v Version /d win10 /f
        "$WINESERVER" -w
        : > "$WINEPREFIX/.taskseq-ready"
        rm -rf "$final"
        mv "$WINEPREFIX" "$final"
    ) 9> "$final.lock" > "$final.log" 2>&1 < /dev/null || status=$?
    [ "$status" -eq 0 ] || { tail -n 5 "$final.log" >&2; die "no Wine prefix in '$final' (see $final.log)"; }
}

# The first program of a prefix starts Wine's services, which keep its standard output open for seconds; a test
# runner waits for them, and the next test pays for a new start. So they are started apart, and stay for 30 s.
start_services() {
    "$WINESERVER" -k0 2> /dev/null && return 0
    (
        flock 9
        "$WINESERVER" -k0 && exit 0
        "$WINESERVER" -p30 9>&-
        "$WINE" cmd /c exit 9>&-
    ) 9> "$WINEPREFIX.lock" < /dev/null > /dev/null 2>&1 || true
}

main() {
    local cache=${TASKSEQ_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/taskseq} name
    WINE=$(find_wine)
    WINESERVER=$(find_wineserver)
    export WINESERVER WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES="${WINEDLLOVERRIDES:-mscoree=;mshtml=}"
    # Wine names files on the disk in the locale's encoding: in that of a bare machine there is no 'ü'.
    export LC_ALL=C.UTF-8
    unset DISPLAY WAYLAND_DISPLAY
    case ${1:-} in -h | --help) usage; exit 0 ;; esac
    WINEPREFIX=${TASKSEQ_WINEPREFIX:-}
    if [ "${1:-}" = --prefix ]; then
        [ $# -ge 2 ] || die "--prefix needs a directory"
        WINEPREFIX=$2
        shift 2
    fi
    [ -n "$WINEPREFIX" ] || WINEPREFIX=$cache/$("$WINE" --version | tr -cs 'A-Za-z0-9.\n' -)
    export WINEPREFIX
    if [ "${1:-}" = --stop ]; then exec "$WINESERVER" -k; fi
    [ -e "$WINEPREFIX/.taskseq-ready" ] || make_prefix
    case ${1:-} in
        '')
            for name in WINEPREFIX WINESERVER WINEDEBUG WINEDLLOVERRIDES LC_ALL; do
                printf 'export %s=%q\n' "$name" "${!name}"
            done
            printf 'export TASKSEQ_WINE=%q\nunset DISPLAY WAYLAND_DISPLAY\n' "$WINE" ;;
        --run)
            shift
            [ $# -ge 1 ] || die "--run needs a program"
            start_services
            exec "$WINE" "$@" ;;
        *) usage >&2; die "unknown option '$1'" ;;
    esac
}

main "$@"
