/* disk_table.c - where partitions lie on a disk; the same arithmetic on every real host. */
#include <inttypes.h>

#include "host_ops.h"

uint64_t ts_disk_table_room(uint64_t bytes, uint32_t sector, ts_disk_style style)
{
    /* GPT: the second table at the end, 128 entries of 128 bytes and a header. MBR counts sectors
     * with 32 bits. */
    uint64_t end = bytes;
    uint64_t last_table = 16384 + sector;
    if (style == TS_DISK_GPT)
        end = bytes > last_table ? bytes - last_table : 0;
    else if (end / sector > UINT32_MAX)
        end = (uint64_t)UINT32_MAX * sector;
    end -= end % TS_MIB;
    return end > TS_MIB ? end - TS_MIB : 0;
}

/* Partitions follow each other; logical ones lie in the extended one, each behind the 1 MiB that
 * holds its own table. */
bool ts_disk_table_offsets(const ts_disk_plan *plan, uint64_t room, uint64_t *offsets, ts_err **err)
{
    uint64_t at = TS_MIB;
    uint64_t inside = 0;
    uint64_t inside_end = 0;
    for (size_t i = 0; i < plan->n_partitions; i++) {
        const ts_partition_plan *part = &plan->partitions[i];
        bool logical = part->kind == TS_PARTITION_LOGICAL;
        uint64_t *cursor = logical ? &inside : &at;
        uint64_t end = logical ? inside_end : room + TS_MIB;
        if (logical)
            *cursor += TS_MIB;
        if (*cursor > end || part->bytes > end - *cursor)
            return ts_fail(err, TS_LIMIT,
                           "partition %zu (%" PRIu64 " MiB) does not fit: %" PRIu64 " MiB are left",
                           i + 1, part->bytes / TS_MIB,
                           *cursor > end ? 0 : (end - *cursor) / TS_MIB);
        offsets[i] = *cursor;
        *cursor += part->bytes;
        if (part->kind == TS_PARTITION_EXTENDED) {
            inside = offsets[i];
            inside_end = offsets[i] + part->bytes;
        }
    }
    return true;
}
