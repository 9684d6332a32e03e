# Warnings and code generation. ts_warnings hangs on every target of the project.
add_library(ts_warnings INTERFACE)
target_compile_options(ts_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wundef -Wvla -Wcast-qual -Wwrite-strings -Wformat=2 -Wswitch-enum
  -Wimplicit-fallthrough -Wnull-dereference
  $<$<C_COMPILER_ID:GNU>:-Wlogical-op> $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond>
  $<$<BOOL:${TASKSEQ_WERROR}>:-Werror>)

# What the system headers need to show the API that engine/os and engine/host use.
if(WIN32)
  target_compile_definitions(ts_warnings INTERFACE
    __USE_MINGW_ANSI_STDIO=1 _WIN32_WINNT=0x0A00 UNICODE _UNICODE WIN32_LEAN_AND_MEAN)
else()
  target_compile_definitions(ts_warnings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
endif()

# Build paths stay out of the program: log lines name files from the repository's root.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_compile_options(-ffunction-sections)
add_link_options(-Wl,--gc-sections)
if(TASKSEQ_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(TASKSEQ_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()
