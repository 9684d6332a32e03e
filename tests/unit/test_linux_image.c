/* test_linux_image.c - a stand-in for Windows: image, boot files, boot store, offline registry and
 * drivers on an image file, looked at with the tools of others: wimlib-imagex, ntfscat, mtype,
 * hivexget, hivexsh. */
#include "linux_disk.h"

#include "deploy_hive.h"
#include "deploy_image.h"

static const char tree_script[] =
    "cd %s && mkdir -p tree/Windows/System32/config tree/Windows/Boot/EFI/en-US "
    "tree/Windows/Boot/Fonts tree/Windows/inf && "
    "echo boot > tree/Windows/Boot/EFI/bootmgfw.efi && "
    "echo test > tree/Windows/Boot/EFI/memtest.efi && "
    "echo words > tree/Windows/Boot/EFI/en-US/bootmgfw.efi.mui && "
    "echo font > tree/Windows/Boot/Fonts/wgl4_boot.ttf && "
    "head -c 3000000 /dev/urandom > tree/Windows/System32/ntoskrnl.exe && "
    "seq 1 200000 > tree/Windows/System32/numbers.txt && "
    "cp tree/Windows/System32/numbers.txt tree/Windows/System32/again.txt && "
    ": > tree/Windows/empty && ln tree/Windows/System32/numbers.txt tree/hard && "
    "ln -s Windows tree/link";

static char *in_folder(const char *name)
{
    static char path[4][160];
    static unsigned next;
    char *p = path[next++ % 4];
    (void)snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    return p;
}

static void make_wim(const char *options)
{
    free(tool(tree_script, folder));
    OK(ts_lx_hive_make(in_folder("tree/Windows/System32/config/SYSTEM"), "ROOT", err));
    OK(ts_lx_hive_make(in_folder("tree/Windows/System32/config/SOFTWARE"), "ROOT", err));
    free(tool("cd %s && wimlib-imagex capture tree x.wim 'Test Windows' %s --image-property "
              "WINDOWS/ARCH=9 --image-property WINDOWS/EDITIONID=Professional --image-property "
              "WINDOWS/VERSION/MAJOR=10 --image-property WINDOWS/VERSION/MINOR=0 --image-property "
              "WINDOWS/VERSION/BUILD=22631 --image-property WINDOWS/VERSION/SPBUILD=2428 "
              "--image-property WINDOWS/LANGUAGES/DEFAULT=en-US 2>&1",
              folder, options));
}

static void apply(bool verify)
{
    ts_image_apply what = {.file = in_folder("x.wim"), .index = 1, .letter = 'D', .verify = verify};
    OK(ts_host_image_apply(host, &what, err));
}

static void assert_applied(void)
{
    take_windows();
    free(tool("cd %s && ntfscat -f os Windows/System32/ntoskrnl.exe | cmp - "
              "tree/Windows/System32/ntoskrnl.exe && ntfscat -f os hard | cmp - tree/hard && "
              "ntfscat -f os Windows/System32/again.txt | cmp - tree/hard",
              folder));
}

static void images_are_described(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    ts_image_info *images = NULL;
    size_t n = 0;
    OK(ts_host_images(host, in_folder("x.wim"), &images, &n, err));
    assert_int_equal(n, 1);
    assert_int_equal(images[0].index, 1);
    assert_string_equal(images[0].name, "Test Windows");
    assert_string_equal(images[0].edition, "Professional");
    assert_string_equal(images[0].architecture, "x64");
    assert_string_equal(images[0].version, "10.0.22631.2428");
    assert_string_equal(images[0].language, "en-US");
    assert_true(images[0].is_windows);
    assert_true(images[0].bytes > 5000000);
    free(images);
    free(tool("cd %s && head -c 1000 x.wim > cut.wim && echo none > none.wim", folder));
    FAILS(TS_INTEGRITY, "cut.wim", ts_host_images(host, in_folder("cut.wim"), &images, &n, err));
    FAILS(TS_INTEGRITY, "none.wim", ts_host_images(host, in_folder("none.wim"), &images, &n, err));
    FAILS(TS_NOT_FOUND, "missing", ts_host_images(host, in_folder("missing"), &images, &n, err));
}

static void image_is_applied_and_verified(void **state)
{
    TS_UNUSED(state);
    make_wim("--compress=LZX");
    make_uefi();
    apply(true);
    assert_applied();
    ts_volume_info v;
    OK(ts_host_volume(host, 'D', &v, err));
    assert_true(v.has_windows);
    /* What wimlib captures from the volume is what it was given, without the engine's folder. */
    OK(ts_host_folder_make(host, "D:/_SMSTaskSequence/Logs", err));
    OK(ts_host_file_write(host, "D:/_SMSTaskSequence/Logs/smsts.log", "x", 1, false, err));
    OK(ts_host_image_capture(host, 'D', in_folder("back.wim"), "Back", "captured", err));
    free(tool("cd %s && wimlib-imagex verify back.wim && for w in x back; do wimlib-imagex dir "
              "$w.wim 1 --detailed | grep -E '^(Full Path|Hash|.*SHA)' > $w.txt; done; "
              "cmp x.txt back.txt",
              folder));
    assert_holds(tool("wimlib-imagex info %s/back.wim 1", folder), "captured");
}

static void image_goes_into_a_folder(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    make_uefi();
    ts_image_apply what = {.file = in_folder("x.wim"),
                           .index = 1,
                           .letter = 'D',
                           .folder = "Data\\One",
                           .verify = true};
    OK(ts_host_image_apply(host, &what, err));
    take_windows();
    free(tool("cd %s && ntfscat -f os Data/One/hard | cmp - tree/hard", folder));
}

static void damaged_image_and_wrong_index_fail(void **state)
{
    TS_UNUSED(state);
    make_wim("--compress=none");
    make_uefi();
    ts_image_apply what = {.file = in_folder("x.wim"), .index = 2, .letter = 'D'};
    FAILS(TS_NOT_FOUND, "x.wim", ts_host_image_apply(host, &what, err));
    free(tool("printf X | dd of=%s/x.wim bs=1 seek=1000000 conv=notrunc status=none", folder));
    what.index = 1;
    FAILS(TS_INTEGRITY, "x.wim", ts_host_image_apply(host, &what, err));
    what.letter = 'C';
    FAILS(TS_STATE, "NTFS", ts_host_image_apply(host, &what, err));
}

static void verification_finds_a_changed_file(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    make_uefi();
    apply(false);
    OK(ts_host_file_write(host, "D:/Windows/System32/again.txt", "other", 5, false, err));
    atomic_bool cancel = false;
    ts_linux *machine = ts_alloc(sizeof(*machine));
    assert_non_null(machine);
    machine->local.cancel = &cancel;
    ts_lx_place place = {
        .offset = 117 * TS_MIB, .bytes = 2 * GIB, .sector = 512, .filesystem = TS_FS_NTFS};
    (void)snprintf(place.path, sizeof(place.path), "%s", image);
    ts_image_apply what = {.file = in_folder("x.wim"), .index = 1, .letter = 'D'};
    const ts_wim_job job = {.api = &ts_lx_wimlib,
                            .system = &ts_lx_wim_system,
                            .ctx = &place,
                            .cancel = machine->local.cancel,
                            .what = &what};
    WIMStruct *wim = ts_wim_open_file(&job, what.file, NULL, NULL);
    assert_non_null(wim);
    FAILS(TS_INTEGRITY, "again.txt", ts_wim_verify(&job, wim, err));
    wimlib_free(wim);
    free(machine);
}

static void cancelled_apply_ends(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    make_uefi();
    ts_host_cancel(host);
    ts_image_apply what = {.file = in_folder("x.wim"), .index = 1, .letter = 'D'};
    FAILS(TS_CANCELLED, "cancel", ts_host_image_apply(host, &what, err));
}

/* --- Streams ------------------------------------------------------------------------------- */

static bool read_file(void *ctx, uint64_t offset, void *data, size_t size, ts_err **err)
{
    return fseek(ctx, (long)offset, SEEK_SET) == 0 && fread(data, 1, size, ctx) == size
               ? true
               : ts_fail(err, TS_NET, "the line is cut");
}

/* Applies a file as if it came over a line. */
static bool apply_stream(const char *name, uint32_t index, bool verify, ts_err **err)
{
    ts_path_info info;
    assert_true(ts_path_look(in_folder(name), &info, NULL));
    FILE *file = fopen(in_folder(name), "rb");
    assert_non_null(file);
    ts_reader reader = {.name = name, .size = info.size, .read = read_file, .ctx = file};
    ts_image_apply what = {.stream = &reader, .index = index, .letter = 'D', .verify = verify};
    bool ok = ts_host_image_apply(host, &what, err);
    (void)fclose(file);
    return ok;
}

static void pipable_image_is_applied_from_a_stream(void **state)
{
    TS_UNUSED(state);
    make_wim("--pipable --compress=XPRESS");
    make_uefi();
    OK(apply_stream("x.wim", 1, true, err));
    assert_applied();
}

static void ordinary_image_is_applied_from_a_stream(void **state)
{
    TS_UNUSED(state);
    make_wim("--compress=LZX");
    make_uefi();
    OK(apply_stream("x.wim", 1, true, err));
    assert_applied();
}

static int fails_early(int fd, const wimlib_tchar *index, const wimlib_tchar *target, int flags,
                       wimlib_progress_func_t fn, void *ctx)
{
    TS_UNUSED(index), TS_UNUSED(target), TS_UNUSED(flags), TS_UNUSED(fn), TS_UNUSED(ctx);
    assert_true(fd >= 0);
    return WIMLIB_ERR_NOMEM; /* the pipe stays open */
}

/* The thread that feeds wimlib would wait for ever. */
static void wimlib_that_fails_before_it_takes_the_pipe_ends_the_stream(void **state)
{
    TS_UNUSED(state);
    make_wim("--compress=none");
    ts_path_info info;
    assert_true(ts_path_look(in_folder("x.wim"), &info, NULL));
    FILE *file = fopen(in_folder("x.wim"), "rb");
    assert_non_null(file);
    ts_reader reader = {.name = "x.wim", .size = info.size, .read = read_file, .ctx = file};
    ts_image_apply what = {.stream = &reader, .index = 1, .letter = 'D'};
    ts_wimlib api = ts_lx_wimlib;
    api.extract_pipe = fails_early;
    atomic_bool cancel = false;
    const ts_wim_job job = {.api = &api,
                            .system = &ts_lx_wim_system,
                            .cancel = &cancel,
                            .what = &what,
                            .target = "nowhere"};
    FAILS(TS_NOMEM, "out of memory", ts_wim_apply_stream(&job, err));
    (void)fclose(file);
}

/* --- Boot ---------------------------------------------------------------------------------- */

static void esp_gets_boot_files_and_a_store_with_the_right_partitions(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    make_uefi();
    FAILS(TS_NOT_FOUND, "bootmgfw.efi", ts_host_boot_files(host, 'D', NULL, err));
    apply(false);
    OK(ts_host_boot_files(host, 'D', "de-DE", err));
    assert_holds(tool("mdir -b -/ -i '%s'@@1M ::/EFI", image), "/EFI/Boot/bootx64.efi");
    assert_holds(tool("mtype -i '%s'@@1M ::/EFI/Boot/bootx64.efi", image), "boot");
    assert_holds(tool("mtype -i '%s'@@1M ::/EFI/Microsoft/Boot/en-US/bootmgfw.efi.mui", image),
                 "words");
    assert_holds(tool("mtype -i '%s'@@1M ::/EFI/Microsoft/Boot/Fonts/wgl4_boot.ttf", image),
                 "font");
    /* The device elements name disk, ESP and Windows as sfdisk does. */
    assert_holds(
        tool("cd %s && mcopy -n -i '%s'@@1M ::/EFI/Microsoft/Boot/BCD BCD && "
             "sfdisk -J '%s' > t.json && python3 - <<'E'\n"
             "import json,subprocess,uuid\n"
             "t=json.load(open('t.json'))['partitiontable']\n"
             "raw=lambda g:uuid.UUID(g).bytes_le\n"
             "def dev(o,e):\n"
             "  k='Objects\\\\'+o+'\\\\Elements\\\\'+e\n"
             "  return subprocess.check_output(['hivexget','BCD',k,'Element'])[:88]\n"
             "get=lambda o,e: dev(o,e).decode().strip()\n"
             "m='{9dea862c-5cdd-4e70-acc1-f32b344d4795}'\n"
             "d=dev(m,'11000001')\n"
             "assert len(d)==88 and d[32:48]==raw(t['partitions'][0]['uuid'])\n"
             "assert d[56:72]==raw(t['id'])\n"
             "l=get(m,'23000003')\n"
             "for e in ('11000001','21000001'):\n"
             "  d=dev(l,e)\n"
             "  assert d[32:48]==raw(t['partitions'][2]['uuid']) and d[56:72]==raw(t['id'])\n"
             "assert get(l,'12000002')=='\\\\Windows\\\\system32\\\\winload.efi'\n"
             "assert get(l,'12000005')=='de-DE'\n"
             "print('store is right')\n"
             "E",
             folder, image, image),
        "store is right");
}

static void mbr_disk_without_fat_cannot_be_made_bootable(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    ts_partition_plan part = {.kind = TS_PARTITION_PRIMARY,
                              .bytes = 2 * GIB,
                              .filesystem = TS_FS_NTFS,
                              .quick = true,
                              .active = true,
                              .letter = true};
    ts_disk_plan plan = {.style = TS_DISK_MBR, .partitions = &part, .n_partitions = 1};
    OK(ts_host_disk_partition(host, &plan, err));
    FAILS(TS_UNSUPPORTED, "BIOS", ts_host_boot_files(host, 'C', NULL, err));
}

/* --- Registry, drivers --------------------------------------------------------------------- */

static void offline_registry_is_read_by_others(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    make_uefi();
    apply(false);
    OK(ts_host_offline_reg_set(host, 'D', "SYSTEM", "Select", "Current", TS_REG_DWORD, "2", err));
    OK(ts_host_offline_reg_set(host, 'D', "SYSTEM", "CurrentControlSet\\Control\\X", "Name",
                               TS_REG_SZ, "PC-\xc3\xa4\xf0\x9f\x98\x80", err));
    OK(ts_host_offline_reg_set(host, 'D', "SYSTEM", "A", "List", TS_REG_MULTI_SZ, "one\ntwo", err));
    OK(ts_host_offline_reg_set(host, 'D', "SYSTEM", "A", "Raw", TS_REG_BINARY, "00ff10", err));
    take_windows();
    assert_holds(tool("cd %s && ntfscat -f os Windows/System32/config/SYSTEM > S && hivexget S "
                      "'ControlSet002\\Control\\X' Name",
                      folder),
                 "PC-\xc3\xa4\xf0\x9f\x98\x80");
    assert_holds(tool("cd %s && hivexget S A Raw | od -An -tx1", folder), " 00 ff 10");
    bool found = false;
    ts_reg_type type = TS_REG_NONE;
    char *data = NULL;
    OK(ts_host_offline_reg_get(host, 'D', "SYSTEM", "A", "List", &found, &type, &data, err));
    assert_true(found && type == TS_REG_MULTI_SZ);
    assert_string_equal(data, "one\ntwo");
    free(data);
    OK(ts_host_offline_reg_get(host, 'D', "SYSTEM", "B", NULL, &found, &type, &data, err));
    assert_false(found);
    FAILS(TS_SCHEMA, "32 bits",
          ts_host_offline_reg_set(host, 'D', "SYSTEM", "A", "N", TS_REG_DWORD, "4294967296", err));
    FAILS(TS_NOT_FOUND, "SAM",
          ts_host_offline_reg_set(host, 'D', "SAM", "A", "N", TS_REG_DWORD, "1", err));
}

static void dirty_hive_is_refused(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    make_uefi();
    apply(false);
    char *hive = NULL;
    size_t size = 0;
    OK(ts_host_file_read(host, "D:/Windows/System32/config/SYSTEM", &hive, &size, err));
    hive[4]++;
    OK(ts_host_file_write(host, "D:/Windows/System32/config/SYSTEM", hive, size, false, err));
    free(hive);
    FAILS(TS_STATE, "log files",
          ts_host_offline_reg_set(host, 'D', "SYSTEM", "A", "N", TS_REG_DWORD, "1", err));
}

static void driver_is_copied_and_put_on_the_search_path(void **state)
{
    TS_UNUSED(state);
    make_wim("");
    make_uefi();
    apply(false);
    free(tool("cd %s && mkdir -p net/sub && echo inf > net/e1d.inf && echo sys > net/sub/e1d.sys",
              folder));
    free(tool("cd %s && mkdir network && echo inf > network/x.inf && echo inf > net/sub/y.inf && "
              "echo inf > net/other.inf",
              folder));
    OK(ts_host_driver_add(host, 'D', in_folder("net/e1d.inf"), false, err));
    OK(ts_host_driver_add(host, 'D', in_folder("net/other.inf"), false, err)); /* came along */
    OK(ts_host_driver_add(host, 'd', in_folder("net/sub/y.inf"), false, err));
    OK(ts_host_driver_add(host, 'D', in_folder("network/x.inf"), false, err));
    take_windows();
    assert_holds(tool("cd %s && ntfscat -f os Drivers/0001/sub/e1d.sys", folder), "sys");
    assert_holds(tool("cd %s && ntfscat -f os Drivers/0002/x.inf", folder), "inf");
    assert_holds(
        tool("cd %s && ntfscat -f os Windows/System32/config/SOFTWARE > S && hivexget S "
             "'Microsoft\\Windows\\CurrentVersion' DevicePath && ! ntfsls -f os -p Drivers/0003",
             folder),
        "%SystemRoot%\\inf;%SystemDrive%\\Drivers\\0001;%SystemDrive%\\Drivers\\0002");
    FAILS(TS_NOT_FOUND, "no.inf", ts_host_driver_add(host, 'D', "/tmp/no.inf", false, err));
    FAILS(TS_UNSUPPORTED, "Linux", ts_host_driver_add(host, 0, "/tmp/no.inf", false, err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DISK(images_are_described),
        WITH_DISK(image_is_applied_and_verified),
        WITH_DISK(image_goes_into_a_folder),
        WITH_DISK(damaged_image_and_wrong_index_fail),
        WITH_DISK(verification_finds_a_changed_file),
        WITH_DISK(cancelled_apply_ends),
        WITH_DISK(pipable_image_is_applied_from_a_stream),
        WITH_DISK(ordinary_image_is_applied_from_a_stream),
        WITH_DISK(wimlib_that_fails_before_it_takes_the_pipe_ends_the_stream),
        WITH_DISK(esp_gets_boot_files_and_a_store_with_the_right_partitions),
        WITH_DISK(mbr_disk_without_fat_cannot_be_made_bootable),
        WITH_DISK(offline_registry_is_read_by_others),
        WITH_DISK(dirty_hive_is_refused),
        WITH_DISK(driver_is_copied_and_put_on_the_search_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
