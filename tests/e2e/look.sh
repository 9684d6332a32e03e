# look.sh - sourced: looks into a disk image with the tools of others, without mounting anything.
# shellcheck shell=bash

part() { # DISK NUMBER FIELD: of the partition table, from 1
    sfdisk -J "$1" | jq -r ".partitiontable.partitions[$2 - 1].$3"
}

# take_part DISK NUMBER FILE: the partition as a file of its own, holes kept, for tools that know no
# offset
take_part() {
    python3 - "$1" "$(part "$1" "$2" start)" "$(part "$1" "$2" size)" "$3" <<'P'
import errno, os, sys
disk, start, size, to = sys.argv[1], int(sys.argv[2]) * 512, int(sys.argv[3]) * 512, sys.argv[4]
source = os.open(disk, os.O_RDONLY)
target = os.open(to, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
os.ftruncate(target, size)
at = start
while at < start + size:
    try:
        at = os.lseek(source, at, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:
            break
        raise
    end = min(os.lseek(source, at, os.SEEK_HOLE), start + size)
    while at < end:
        data = os.pread(source, min(1 << 20, end - at), at)
        os.pwrite(target, data, at - start)
        at += len(data)
P
}

# esp COMMAND DISK ARGUMENTS...: a program of mtools on the first partition
esp() {
    local command=$1 disk=$2
    shift 2
    MTOOLS_SKIP_CHECK=1 "$command" -i "$disk@@$(($(part "$disk" 1 start) * 512))" "$@"
}

# guid_bytes GUID: as Windows writes it, in hexadecimal
guid_bytes() {
    python3 -c 'import sys, uuid; print(uuid.UUID(sys.argv[1]).bytes_le.hex())' "$1"
}

# hive_bytes HIVE KEY VALUE: a binary value in hexadecimal
hive_bytes() {
    hivexget "$1" "$2" "$3" | od -An -v -tx1 | tr -d ' \n'
}

# xml FILE XPATH: what the expression gives; names without their name space
xml() {
    xmllint --xpath "$2" "$1"
}
setting() { # FILE PASS COMPONENT PATH: text of a setting of an answer file
    local path=
    for name in ${4//\// }; do path="$path/*[local-name()='$name']"; done
    xml "$1" "string(//*[local-name()='settings'][@pass='$2']/*[@name='Microsoft-Windows-$3']$path)"
}

# same A B WHAT, and has TEXT PART WHAT
same() { [ "$1" = "$2" ] && ok "$3" || bad "$3: '$1', not '$2'"; }
has() { grep -qF -- "$2" <<<"$1" && ok "$3" || bad "$3: '$2' is not in: $1"; }
