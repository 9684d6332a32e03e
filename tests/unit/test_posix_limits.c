/* test_posix_limits.c - limits of files and folders that take a while to cross. */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os.h"

static void folder_list_over_the_limit_fails(void **state)
{
    TS_UNUSED(state);
    char root[] = "/tmp/ts-limit-XXXXXX";
    assert_non_null(mkdtemp(root));
    char path[320] = "";
    for (unsigned i = 0; i <= TS_FOLDER_LIST_MAX / 256; i++) {
        snprintf(path, sizeof(path), "%s/%0255u", root, i);
        assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
    }
    ts_err *err = NULL;
    char **names = NULL;
    assert_false(ts_folder_list(root, &names, &err));
    assert_int_equal(ts_err_code(err), TS_LIMIT);
    assert_null(names);
    ts_err_free(err);
    assert_true(ts_file_remove(path, NULL));
    assert_true(ts_folder_list(root, &names, NULL));
    free(names);
    assert_true(ts_folder_remove(root, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(folder_list_over_the_limit_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
