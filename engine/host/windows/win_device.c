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

/* "\\\\?\\Volume{...}\\" is the name of the root; without the last slash, of the device. */
static bool begins_at(wchar_t *name, DWORD disk, uint64_t offset)
{
    VOLUME_DISK_EXTENTS extents = {.NumberOfDiskExtents = 0};
    size_t end = wcslen(name) - 1;
    name[end] = L'\0';
    HANDLE device = open_device(name);
    name[end] = L'\\';
    if (device == INVALID_HANDLE_VALUE)
        return false;
    bool ok = control(device, IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, NULL, 0, &extents,
                      sizeof(extents));
    CloseHandle(device);
    return ok && extents.NumberOfDiskExtents == 1 && extents.Extents[0].DiskNumber == disk &&
           (uint64_t)extents.Extents[0].StartingOffset.QuadPart == offset;
}

static bool mount(const wchar_t *root, DWORD disk, uint64_t offset)
{
    wchar_t name[MAX_PATH];
    HANDLE find = FindFirstVolumeW(name, MAX_PATH);
    if (find == INVALID_HANDLE_VALUE)
        return false;
    bool found = begins_at(name, disk, offset);
    while (!found && FindNextVolumeW(find, name, MAX_PATH))
        found = begins_at(name, disk, offset);
    FindVolumeClose(find);
    if (!found)
        SetLastError(ERROR_NOT_FOUND);
    return found && SetVolumeMountPointW(root, name);
}

static void unmount(const wchar_t *root)
{
    (void)DeleteVolumeMountPointW(root);
}

const ts_win_devices ts_win_devices_real = {.open = open_device,
                                            .close = close_device,
                                            .control = control,
                                            .letters = letters,
                                            .drive_type = drive_type,
                                            .volume = volume,
                                            .space = space,
                                            .exists = exists,
                                            .mount = mount,
                                            .unmount = unmount};
