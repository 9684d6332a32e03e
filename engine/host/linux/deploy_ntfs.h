/* deploy_ntfs.h - libntfs-3g, as the files of this folder include it. */
#ifndef TS_DEPLOY_NTFS_H
#define TS_DEPLOY_NTFS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <ntfs-3g/types.h>

#include <ntfs-3g/volume.h>

#endif
