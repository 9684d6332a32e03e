# Windows ARM64 by Debian's clang and lld: static, C run-time UCRT (Windows 10 and its WinPE), reproducible.
#   cmake -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/windows/toolchain-arm64.cmake ...
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR ARM64)
set(TASKSEQ_WINDOWS_TARGET arm64)
include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)

set(_tools ${TASKSEQ_WINDOWS_DEPS}/compiler/bin/aarch64-w64-mingw32)
set(CMAKE_C_COMPILER ${_tools}-clang)
set(CMAKE_RC_COMPILER ${_tools}-windres)
set(CMAKE_AR ${_tools}-ar)
set(CMAKE_RANLIB ${_tools}-ranlib)
string(APPEND CMAKE_C_FLAGS_INIT " -ffunction-sections -fdata-sections")
