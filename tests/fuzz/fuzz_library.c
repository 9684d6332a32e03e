/* fuzz_library.c - the .INI files of a ConfigMgr content library: PkgLib's by a first byte 'p',
 * else DataLib's. What is read keeps its promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ts/text.h>

#include "import_library.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void package(const uint8_t *data, size_t size)
{
    ts_library_package p;
    ts_arena *arena = ts_arena_new();
    if (arena && ts_library_package_read("input", data, size, arena, &p, NULL)) {
        if (p.version == 0 && p.n_contents == 0)
            abort();
        for (size_t i = 0; i < p.n_contents; i++) {
            if (!ts_path_is_inside(p.contents[i]) || strchr(p.contents[i], '/'))
                abort();
            ts_library_content_version(p.contents[i], "P01");
        }
    }
    ts_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ts_library_file f;
    if (size > 0 && data[0] == 'p')
        package(data + 1, size - 1);
    else if (ts_library_file_read("input", data, size, &f, NULL) && *f.sha256 &&
             strspn(f.sha256, "0123456789abcdef") != 64)
        abort();
    return 0;
}
