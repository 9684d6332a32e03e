# Common part of the toolchain files: builds or finds the static libraries (build-deps.sh), and sets
# what every Windows build of taskseq has in common.
#
# In:  TASKSEQ_WINDOWS_TARGET (x64 or arm64).
# Out: TASKSEQ_WINDOWS_DEPS, the directory with include/ and lib/. Give it to use libraries built elsewhere.
#
# The libraries' own link needs are in CMAKE_C_STANDARD_LIBRARIES, at the end of every link line: a static
# archive that nothing refers to adds nothing, and the project's CMake files name no Windows library.

# try_compile reads the toolchain file again, without the cache.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TASKSEQ_WINDOWS_DEPS)

get_property(_in_try_compile GLOBAL PROPERTY IN_TRY_COMPILE)
get_property(_deps_known GLOBAL PROPERTY TASKSEQ_WINDOWS_DEPS_KNOWN)
if(NOT _in_try_compile AND NOT _deps_known)
    set_property(GLOBAL PROPERTY TASKSEQ_WINDOWS_DEPS_KNOWN TRUE)
    if(NOT TASKSEQ_WINDOWS_DEPS OR TASKSEQ_WINDOWS_DEPS STREQUAL "${TASKSEQ_WINDOWS_DEPS_BUILT}")
        execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/build-deps.sh ${TASKSEQ_WINDOWS_TARGET}
            OUTPUT_VARIABLE _built OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE _result)
        if(NOT _result EQUAL 0)
            message(FATAL_ERROR "the libraries for Windows cannot be built: see the messages above")
        endif()
        if(TASKSEQ_WINDOWS_DEPS_BUILT AND NOT TASKSEQ_WINDOWS_DEPS_BUILT STREQUAL _built)
            message(FATAL_ERROR "the libraries for Windows have changed: run cmake again with --fresh")
        endif()
        set(TASKSEQ_WINDOWS_DEPS ${_built} CACHE PATH "static libraries for Windows")
        set(TASKSEQ_WINDOWS_DEPS_BUILT ${_built} CACHE INTERNAL "made by build-deps.sh")
    endif()
endif()

set(CMAKE_FIND_ROOT_PATH ${TASKSEQ_WINDOWS_DEPS})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${TASKSEQ_WINDOWS_DEPS}/lib/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")
set(OPENSSL_USE_STATIC_LIBS ON)

# Threads of Windows: the winpthreads of MinGW would be a second layer above them.
foreach(_answer CMAKE_HAVE_LIBC_PTHREAD CMAKE_HAVE_PTHREADS_CREATE CMAKE_HAVE_PTHREAD_CREATE THREADS_HAVE_PTHREAD_ARG)
    set(${_answer} OFF CACHE INTERNAL "answer for find_package(Threads)")
endforeach()

# *_STATIC: the headers must not declare dllimport. The prefix map keeps build paths out of the program.
string(CONCAT CMAKE_C_FLAGS_INIT
    "-D_WIN32_WINNT=0x0A00 -D__USE_MINGW_ANSI_STDIO=1"
    " -DLIBXML_STATIC -DLIBARCHIVE_STATIC -DCURL_STATICLIB"
    " -ffile-prefix-map=${TASKSEQ_WINDOWS_DEPS}/=deps/")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -Wl,--gc-sections -Wl,--no-insert-timestamp")
foreach(_config RELEASE MINSIZEREL)
    set(CMAKE_EXE_LINKER_FLAGS_${_config}_INIT "-s")
endforeach()
string(CONCAT _libraries
    "-L${TASKSEQ_WINDOWS_DEPS}/lib -lssl -lcrypto -lzstd -lz"
    " -lws2_32 -lcrypt32 -lbcrypt -lsecur32 -liphlpapi -lnetapi32 -lsetupapi -lversion"
    " -lole32 -loleaut32 -lwbemuuid -luuid -lshell32 -luser32 -lgdi32 -ladvapi32 -lkernel32")
set(CMAKE_C_STANDARD_LIBRARIES ${_libraries} CACHE STRING "at the end of every link line")
