/* linux_private.h - the state of a Linux host, for the files of engine/host/linux. */
#ifndef TS_LINUX_PRIVATE_H
#define TS_LINUX_PRIVATE_H

#include <ts/deploy.h>

#include "host_linux.h"
#include "linux_wmi.h"
#include "local_ops.h"

#define TS_LX_PATH_MAX        1024u                /* bytes of the path of a disk, with the NUL */
#define TS_LX_DRIVER_LIST_MAX (4u * 1024u * 1024u) /* bytes of the paths of driver folders */
#define TS_LX_CLASSES_MAX     32u /* classes whose rows are kept at once; there are fewer */

typedef struct ts_lx_answer {
    const ts_lx_class *class_of;
    ts_wmi_rows rows;
} ts_lx_answer;

/* A file that stands for a disk. */
typedef struct ts_lx_image {
    uint32_t index;
    char path[TS_LX_PATH_MAX];
    int lock;    /* descriptor that holds a lock on the file, -1: it may not be written */
    bool in_use; /* another program holds one */
} ts_lx_image;

/* The volume that a drive letter leads to. */
typedef struct ts_lx_letter {
    bool used;
    uint32_t disk;
    uint64_t offset;
} ts_lx_letter;

typedef struct ts_linux {
    ts_local local; /* first: the operations of local_ops.h */
    char *sysroot;  /* "" for the machine's own */
    ts_lx_answer answers[TS_LX_CLASSES_MAX];
    size_t n_answers;
    ts_lx_image images[TS_DISKS_MAX];
    size_t n_images;
    ts_lx_letter letters[26]; /* from A; filled at the first question for one */
    bool letters_loaded;
    ts_buf driver_folders; /* folders that driver_add has copied */
} ts_linux;

/* linux_files.c */
bool ts_linux_file_info(void *self, const char *path, ts_file_info *out, ts_err **err);
bool ts_linux_file_read(void *self, const char *path, size_t max, char **out, size_t *size,
                        ts_err **err);
bool ts_linux_file_write(void *self, const char *path, const void *data, size_t size, bool append,
                         ts_err **err);
bool ts_linux_file_copy(void *self, const char *from, const char *to, ts_err **err);
bool ts_linux_file_delete(void *self, const char *path, ts_err **err);
bool ts_linux_folder_list(void *self, const char *path, char **out, ts_err **err);
bool ts_linux_folder_make(void *self, const char *path, ts_err **err);

/* linux_cert.c */
bool ts_linux_cert_add(void *self, ts_cert_store store, const void *der, size_t size, bool *added,
                       ts_err **err);

#endif
