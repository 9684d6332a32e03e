# shellcheck shell=bash
# sources.sh - Debian source packages for build-deps.sh: find, download, verify, unpack.
#
# Sourced, not run. The machine's apt configuration is only read: sources list, package lists and
# cache of this script are private and live in the cache directory. No archive host is named here;
# the address comes from the machine's own apt configuration, and apt checks every file up to the
# signature of the archive. Only tar and patch are needed to unpack, not dpkg-dev.
#
# Uses: say, warn, die, SCRIPT_DIR, SOURCE_CACHE, UPDATE_LOCK.

# Where the sources are looked for; the newest version of all suites is tried first. The second suite
# has the test library in the version that Debian 12 itself uses, which the first one lacks on some mirrors.
readonly SOURCE_SUITES='trixie trixie-security bookworm'
readonly SOURCE_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
readonly LOCK_FILE=$SCRIPT_DIR/sources.lock

APT_OPTIONS=()

# Address of the archive with the label $1, as the machine's apt knows it; empty if there is none.
archive_address() {
    # shellcheck disable=SC2016 # apt is to expand it
    apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Identifier: Packages' |
        sed -n "s/^$1|//p" | LC_ALL=C sort -u | head -n 1
}

# One deb822 stanza for the private sources list.
write_source_stanza() { # ADDRESS SUITE
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
        "$1" "$2" "$SOURCE_KEYRING"
}

# Private apt state with the source indexes of SOURCE_SUITES. Runs once per call of the script.
apt_prepare() {
    [ ${#APT_OPTIONS[@]} -eq 0 ] || return 0
    local state=$SOURCE_CACHE/apt main security suite
    main=$(archive_address Debian)
    security=$(archive_address Debian-Security)
    [ -n "$main" ] || die "apt knows no Debian archive here: run 'apt-get update' first"
    [ -r "$SOURCE_KEYRING" ] || die "no '$SOURCE_KEYRING': install debian-archive-keyring"
    mkdir -p "$state"/{parts,lists/partial,cache/archives/partial}
    for suite in $SOURCE_SUITES; do
        case $suite in
            *-security) [ -z "$security" ] || write_source_stanza "$security" "$suite" ;;
            *) write_source_stanza "$main" "$suite" ;;
        esac
    done > "$state/parts/taskseq.sources"
    APT_OPTIONS=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$state/parts"
        -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache"
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 -o Dir::Bin::dpkg-source=/nonexistent)
    say "reading the source indexes of $SOURCE_SUITES"
    apt-get "${APT_OPTIONS[@]}" -q update > "$state/update.log" 2>&1 ||
        { tail -n 5 "$state/update.log" >&2; die "cannot read the source index (see $state/update.log)"; }
}

# Lock lines of package $1: "name version file sha256".
locked_lines() { [ ! -e "$LOCK_FILE" ] || awk -v p="$1" '$1 == p' "$LOCK_FILE"; }

locked_version() { locked_lines "$1" | awk 'NR == 1 { print $2 }'; }

# Versions of package $1 that the archive offers: the locked one first, then from new to old.
offered_versions() {
    local locked all
    locked=$(locked_version "$1")
    all=$(apt-cache "${APT_OPTIONS[@]}" showsrc --only-source "$1" |
        sed -n 's/^Version: //p' | LC_ALL=C sort -ruV)
    if [ -n "$locked" ] && [ -z "$UPDATE_LOCK" ] && grep -qxF -- "$locked" <<< "$all"; then
        printf '%s\n' "$locked"
        grep -vxF -- "$locked" <<< "$all" || true
    else
        printf '%s\n' "$all"
    fi
}

# Lock lines for the files in directory $3.
describe_files() { # NAME VERSION DIR
    local f
    (cd "$3" && for f in *.orig.tar.* *.debian.tar.*; do
        case $f in *'*'* | *.asc) continue ;; esac
        printf '%s %s %s %s\n' "$1" "$2" "$f" "$(sha256sum < "$f" | cut -d' ' -f1)"
    done)
}

# True when the source cache holds every locked file of package $1, byte for byte.
have_locked_sources() {
    local lines name version file sum
    [ -z "$UPDATE_LOCK" ] || return 1
    lines=$(locked_lines "$1")
    [ -n "$lines" ] || return 1
    while read -r name version file sum; do
        echo "$sum  $SOURCE_CACHE/$name/$version/$file" | sha256sum -c --status 2> /dev/null || return 1
    done <<< "$lines"
}

# Downloads one version; a mirror can have gaps, so false means: try the next one.
download_version() { # NAME VERSION
    local dir=$SOURCE_CACHE/$1/$2 only=()
    [ "$1" != mingw-w64 ] || only=(--tar-only) # its packaging patches only Debian's own build
    mkdir -p "$dir.part"
    rm -f "$dir.part"/*
    (cd "$dir.part" && apt-get "${APT_OPTIONS[@]}" -q source --download-only "${only[@]}" "$1=$2") \
        > "$SOURCE_CACHE/$1/download.log" 2>&1 || return 1
    rm -rf "$dir"
    mv "$dir.part" "$dir"
}

# Refuses a file that has a locked version's name but not its content.
check_against_lock() { # NAME VERSION RECORD-LINES
    [ "$(locked_version "$1")" = "$2" ] && [ -z "$UPDATE_LOCK" ] || return 0
    [ "$(locked_lines "$1")" = "$3" ] ||
        die "$1 $2: files differ from sources.lock although the version is the same; nothing was built"
}

# Makes the sources of package $1 present and appends its lines to the record file $2.
fetch_source() { # NAME RECORD
    local version lines
    if have_locked_sources "$1"; then
        locked_lines "$1" >> "$2"
        return 0
    fi
    apt_prepare
    for version in $(offered_versions "$1"); do
        if download_version "$1" "$version"; then
            lines=$(describe_files "$1" "$version" "$SOURCE_CACHE/$1/$version")
            check_against_lock "$1" "$version" "$lines"
            printf '%s\n' "$lines" >> "$2"
            say "$1 $version: downloaded"
            return 0
        fi
        warn "$1 $version: the archive lists it but does not deliver it"
    done
    die "no version of the source package '$1' could be downloaded (see $SOURCE_CACHE/$1/download.log)"
}

record_version() { awk -v p="$1" '$1 == p { print $2; exit }' "$2"; }

record_is_pinned() { ! grep -qvxFf "$LOCK_FILE" "$1"; }

# Says which packages of record $1 are not what sources.lock names.
warn_about_lock() {
    local name version wanted
    while read -r name version; do
        wanted=$(locked_version "$name")
        [ "$version" = "$wanted" ] ||
            warn "$name $version is not the version in sources.lock (${wanted:-none}); the build is not the pinned one"
    done < <(awk '{ print $1, $2 }' "$1" | LC_ALL=C sort -u)
}

# Original tarball plus Debian's patches (security fixes live there) into directory $3.
unpack_source() { # NAME VERSION DIR
    local files=$SOURCE_CACHE/$1/$2 packaging patch
    rm -rf "$3"
    mkdir -p "$3"
    tar -xf "$(find "$files" -name '*.orig.tar.*' ! -name '*.asc')" -C "$3" --strip-components=1
    packaging=$(find "$files" -name '*.debian.tar.*')
    [ -n "$packaging" ] || return 0
    tar -xf "$packaging" -C "$3"
    [ -f "$3/debian/patches/series" ] || return 0
    while read -r patch _; do
        patch -d "$3" -p1 -s -f --no-backup-if-mismatch < "$3/debian/patches/$patch" ||
            { echo "patch $patch does not apply"; return 1; }
    done < <(grep -vE '^[[:space:]]*(#|$)' "$3/debian/patches/series")
}
