# Libraries, each as one imported target: Debian packages on Linux, the superbuild of cmake/windows
# for Windows. Which folder may see which library is in docs/architecture.md.
find_package(Threads REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.88 REQUIRED)

function(ts_find_library target header)
  cmake_parse_arguments(ARG "" "" "NAMES;SUFFIXES" ${ARGN})
  find_path(${target}_INCLUDE ${header} PATH_SUFFIXES ${ARG_SUFFIXES} REQUIRED)
  find_library(${target}_LIBRARY NAMES ${ARG_NAMES} REQUIRED)
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${${target}_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${${target}_INCLUDE})
endfunction()
ts_find_library(ts_dep_jansson jansson.h NAMES jansson)
ts_find_library(ts_dep_archive archive.h NAMES archive)
ts_find_library(ts_dep_zstd zstd.h NAMES zstd)
ts_find_library(ts_dep_lua lua.h NAMES lua5.4 lua SUFFIXES lua5.4)
# Deployment of Windows from Linux. libntfs-3g is GPL-2.0-or-later: see "Licence" in README.md.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  ts_find_library(ts_dep_fdisk libfdisk/libfdisk.h NAMES fdisk)
  ts_find_library(ts_dep_ntfs ntfs-3g/volume.h NAMES ntfs-3g)
  ts_find_library(ts_dep_wim wimlib.h NAMES wim)
  ts_find_library(ts_dep_hivex hivex.h NAMES hivex)
endif()
# The interface of wimlib alone: Windows loads the library when it runs (libwim-15.dll beside the
# program). Of the build machine's headers only this one is seen there.
find_file(TS_WIMLIB_H wimlib.h PATHS /usr/include NO_CMAKE_FIND_ROOT_PATH)
if(NOT TS_WIMLIB_H)
  message(FATAL_ERROR "wimlib.h is missing: install libwim-dev on this machine, for Windows builds as well")
endif()
configure_file(${TS_WIMLIB_H} ${CMAKE_BINARY_DIR}/wimlib/wimlib.h COPYONLY)
add_library(ts_dep_wim_header INTERFACE)
target_include_directories(ts_dep_wim_header SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/wimlib)
