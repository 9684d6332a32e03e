/* win_device.c - the real functions behind the questions about disks and volumes. */
#include "win_device.h"

static HANDLE open_device(const wchar_t *path)
{
    return CreateFileW(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
}

static void close_device(HANDLE device)
{
    CloseHandle(device);
}

static bool control(HANDLE device, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size)
{
    DWORD got = 0;
    return DeviceIoControl(device, code, in, in_size, out, out_size, &got, NULL);
}

static DWORD letters(void)
{
    return GetLogicalDrives();
}

static UINT drive_type(const wchar_t *root)
{
    return GetDriveTypeW(root);
}

static bool volume(const wchar_t *root, wchar_t *label, DWORD label_size, wchar_t *filesystem,
                   DWORD filesystem_size)
{
    return GetVolumeInformationW(root, label, label_size, NULL, NULL, NULL, filesystem,
                                 filesystem_size);
}

static bool space(const wchar_t *root, uint64_t *free)
{
    ULARGE_INTEGER available = {.QuadPart = 0};
    if (!GetDiskFreeSpaceExW(root, NULL, NULL, &available))
        return false;
    *free = available.QuadPart;
    return true;
}

static bool exists(const wchar_t *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

const ts_win_devices ts_win_devices_real = {.open = open_device,
                                            .close = close_device,
                                            .control = control,
                                            .letters = letters,
                                            .drive_type = drive_type,
                                            .volume = volume,
                                            .space = space,
                                            .exists = exists};
