/* fuzz.h - the entry that libFuzzer calls, and that fuzz_replay.c calls where there is no
 * libFuzzer. */
#ifndef TS_TESTS_FUZZ_H
#define TS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
