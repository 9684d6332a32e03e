/* ts/compiler.h - what the engine needs of the compiler and C17 does not have. */
#ifndef TS_COMPILER_H
#define TS_COMPILER_H

/* mingw's plain "printf" means the old Windows one, which knows no %zu; the engine prints with
 * C99's. Its own name for that is defined only behind <stdio.h>, which a header must not depend on.
 */
#if defined(__MINGW32__) && !defined(__clang__)
#define TS_PRINTF(fmt, first) __attribute__((format(gnu_printf, fmt, first)))
#else
#define TS_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#endif

/* Runs fn(&variable) when the variable leaves its scope. Not in a function that can raise a Lua
 * error: lua_error is a longjmp and skips cleanup handlers. */
#define TS_CLEANUP(fn) __attribute__((cleanup(fn)))

#define TS_UNUSED(x)    ((void)(x))
#define TS_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
