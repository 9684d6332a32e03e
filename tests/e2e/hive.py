"""hive.py FILE - writes an empty registry hive, which hivexsh then fills.

The layout is that of the public descriptions of the "regf" format: a base block of 4096 bytes with
a checksum, one bin with the key that is the root, a security descriptor, and free room. Written
apart from the engine's own writer, so that a fault in one does not hide behind the other."""
import struct
import sys

NONE = 0xFFFFFFFF
NAME = b"ROOT"


def cell(data, used=True):
    size = (4 + len(data) + 7) & ~7
    return struct.pack("<i", -size if used else size) + data.ljust(size - 4, b"\0")


def root_key(sk):
    return struct.pack("<2sHQ", b"nk", 0x2C, 0) + struct.pack(
        "<12I", 0, NONE, 0, 0, NONE, NONE, 0, NONE, sk, NONE, 0, 0) + struct.pack(
        "<3IHH", 0, 0, 0, len(NAME), 0) + NAME


def security():
    # Owner and group SYSTEM, and an access list that gives everything to SYSTEM.
    system = struct.pack("<BB6sI", 1, 1, b"\0\0\0\0\0\5", 18)
    ace = struct.pack("<BBHI", 0, 3, 8 + len(system), 0xF003F) + system
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(ace), 1, 0) + ace
    head = struct.pack("<BBHIIII", 1, 0, 0x8004, 20 + len(acl), 20 + len(acl) + len(system), 0, 20)
    return head + acl + system + system


def main(path):
    key_at = 32
    sk_at = key_at + len(cell(root_key(0)))
    sd = security()
    sk = cell(struct.pack("<2sHIIII", b"sk", 0, sk_at, sk_at, 1, len(sd)) + sd)
    cells = cell(root_key(sk_at)) + sk
    room = 4096 - 32 - len(cells)
    hbin = struct.pack("<4sIIQQI", b"hbin", 0, 4096, 0, 0, 0) + cells + cell(
        b"\0" * (room - 4), used=False)
    base = struct.pack("<4sIIQIIIIII I", b"regf", 1, 1, 0, 1, 3, 0, 1, key_at, 4096, 1)
    base = base.ljust(508, b"\0")
    check = 0
    for (word,) in struct.iter_unpack("<I", base):
        check ^= word
    with open(path, "wb") as out:
        out.write((base + struct.pack("<I", check)).ljust(4096, b"\0") + hbin)


main(sys.argv[1])
