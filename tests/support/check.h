/* check.h - cmocka with what it wants included before it. */
#ifndef TS_TESTS_CHECK_H
#define TS_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
