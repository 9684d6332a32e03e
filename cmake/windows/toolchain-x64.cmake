# Windows x64 by Debian's gcc-mingw-w64: static, C run-time msvcrt, reproducible.
#   cmake -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/windows/toolchain-x64.cmake ...
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(TASKSEQ_WINDOWS_TARGET x64)
include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)

find_program(CMAKE_C_COMPILER NAMES x86_64-w64-mingw32-gcc-win32 REQUIRED)
find_program(CMAKE_RC_COMPILER NAMES x86_64-w64-mingw32-windres REQUIRED)
find_program(CMAKE_AR NAMES x86_64-w64-mingw32-ar REQUIRED)
find_program(CMAKE_RANLIB NAMES x86_64-w64-mingw32-ranlib REQUIRED)
# No -fdata-sections: with GCC it turns zeroed statics into bytes of the file.
string(APPEND CMAKE_C_FLAGS_INIT " -ffunction-sections")

# ctest and try_run start programs under Wine, in a prefix that the script makes in the cache directory.
find_program(TASKSEQ_WINE NAMES wine64 wine PATHS /usr/lib/wine)
mark_as_advanced(TASKSEQ_WINE)
if(TASKSEQ_WINE)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/wine-env.sh --run)
endif()
