/* fuzz_replay.c - runs a fuzz target over the files of a folder: an ordinary test for compilers
 * without libFuzzer. */
#include <stdio.h>
#include <stdlib.h>

#include <ts/text.h>

#include "fuzz.h"
#include "os.h"

#define INPUT_MAX (16u * 1024u * 1024u)

static bool replay(const char *folder, const char *name)
{
    ts_err *err = NULL;
    char *path = ts_path_join(folder, name), *data = NULL;
    size_t size = 0;
    bool ok = path && ts_file_read(path, INPUT_MAX, &data, &size, &err);
    if (ok)
        LLVMFuzzerTestOneInput((const uint8_t *)data, size);
    else
        printf("FAILED: %s\n", ts_err_text(err));
    ts_err_free(err);
    free(data);
    free(path);
    return ok;
}

int main(int argc, char **argv)
{
    char **names = NULL;
    ts_err *err = NULL;
    if (argc != 2 || !ts_folder_list(argv[1], &names, &err)) {
        printf("FAILED: %s\n", argc != 2 ? "usage: FOLDER" : ts_err_text(err));
        return 1;
    }
    size_t count = 0;
    bool ok = true;
    for (; ok && names[count]; count++)
        ok = replay(argv[1], names[count]);
    printf("%zu inputs\n", count);
    free(names);
    return !ok || count == 0; /* a folder without inputs proves nothing */
}
