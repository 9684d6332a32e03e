# Read by cpack. The zip holds the time of the commit, not that of the build: the same sources give the same bytes.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND git -C ${CMAKE_CURRENT_LIST_DIR} log -1 --format=%ct
    OUTPUT_VARIABLE _time OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT _time)
    set(_time 1700000000) # sources without their history
  endif()
  set(ENV{SOURCE_DATE_EPOCH} ${_time})
endif()
