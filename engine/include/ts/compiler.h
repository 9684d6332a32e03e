/* ts/compiler.h - what the engine needs of the compiler and C17 does not have. */
#ifndef TS_COMPILER_H
#define TS_COMPILER_H

#if defined(__MINGW32__) && defined(__MINGW_PRINTF_FORMAT)
#define TS_PRINTF(fmt, first) __attribute__((format(__MINGW_PRINTF_FORMAT, fmt, first)))
#else
#define TS_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#endif

/* Runs fn(&variable) when the variable leaves its scope. Not in a function that can raise a Lua
 * error: lua_error is a longjmp and skips cleanup handlers. */
#define TS_CLEANUP(fn) __attribute__((cleanup(fn)))

#define TS_UNUSED(x) ((void)(x))
#define TS_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
