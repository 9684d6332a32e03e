/* codes_program.c - exit codes of programs, and wimlib's errors (wimlib.h). */
#include <ts/compiler.h>

#include "codes.h"

/* Exit codes that mean the same for most programs of a deployment; what is a Win32 or an HRESULT
 * number is looked up there. */
const ts_number ts_numbers_exit[] = {
    {0, "", "success"},
    {1, "", "failed, or a general error of the program"},
    {2, "", "failed: most often wrong usage, or a file was not found"},
    {126, "", "the program was found but cannot be executed"},
    {127, "", "the program was not found"},
    {128, "", "the program was ended, or got a wrong exit code"},
    {130, "", "ended by Ctrl+C (signal 2)"},
    {134, "", "the program aborted (signal 6)"},
    {137, "", "the program was killed (signal 9): out of memory, or a time-out"},
    {139, "", "the program crashed (signal 11)"},
    {143, "", "the program was ended (signal 15)"},
    {194, "", "MDT: the step asks for a restart"},
    {9009, "", "cmd.exe: the program or command was not found"},
    {9801, "", "MDT: a client system may not replace the server system that runs"},
    {9802, "", "MDT: a server system may not replace the client system that runs"},
    {9803, "", "MDT: OSInstall does not begin with Y: this machine may not be installed"},
    {9804, "", "MDT: the machine has less memory than the image needs"},
    {9805, "", "MDT: the processor is slower than the image needs"},
    {9807, "", "MDT: there is less free space than the image needs"},
    {9808, "", "MDT: the image is older than the system that runs"},
    {16389, "", "0x4005, the low word of 0x80004005: unspecified error"},
    {60000, "", "PowerShell App Deployment Toolkit: number for custom errors (60000-68999)"},
    {60001, "", "PowerShell App Deployment Toolkit: an error in the script stopped it"},
    {60008, "", "PowerShell App Deployment Toolkit: it could not start"},
    {60012, "", "PowerShell App Deployment Toolkit: the user deferred the installation"},
    {70000, "", "PowerShell App Deployment Toolkit: number for extensions (70000-79999)"},
};
const size_t ts_numbers_exit_count = TS_COUNT(ts_numbers_exit);

const ts_number ts_numbers_wimlib[] = {
    {1, "WIMLIB_ERR_ALREADY_LOCKED", "the WIM file is open for writing elsewhere"},
    {2, "WIMLIB_ERR_DECOMPRESSION", "the compressed data is damaged"},
    {6, "WIMLIB_ERR_FUSE", "mounting failed"},
    {8, "WIMLIB_ERR_GLOB_HAD_NO_MATCHES", "the pattern matches no file of the image"},
    {10, "WIMLIB_ERR_IMAGE_COUNT", "the number of images in the WIM is wrong"},
    {11, "WIMLIB_ERR_IMAGE_NAME_COLLISION", "an image of this name exists already"},
    {12, "WIMLIB_ERR_INSUFFICIENT_PRIVILEGES", "not enough rights"},
    {13, "WIMLIB_ERR_INTEGRITY", "the WIM file is damaged (integrity table)"},
    {18, "WIMLIB_ERR_INVALID_IMAGE", "the WIM has no such image"},
    {19, "WIMLIB_ERR_INVALID_INTEGRITY_TABLE", "the integrity table is damaged"},
    {20, "WIMLIB_ERR_INVALID_LOOKUP_TABLE_ENTRY", "the list of files is damaged"},
    {21, "WIMLIB_ERR_INVALID_METADATA_RESOURCE", "an image's metadata is damaged"},
    {24, "WIMLIB_ERR_INVALID_PARAM", "bad parameter"},
    {26, "WIMLIB_ERR_INVALID_PIPABLE_WIM", "the pipable WIM is damaged"},
    {27, "WIMLIB_ERR_INVALID_REPARSE_DATA", "a link in the image is damaged"},
    {28, "WIMLIB_ERR_INVALID_RESOURCE_HASH", "a file's content does not match its hash"},
    {43, "WIMLIB_ERR_NOT_A_WIM_FILE", "this is not a WIM file"},
    {49, "WIMLIB_ERR_PATH_DOES_NOT_EXIST", "the path is not in the image"},
};
const size_t ts_numbers_wimlib_count = TS_COUNT(ts_numbers_wimlib);
