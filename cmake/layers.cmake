# ts_layer(NAME SOURCES ... LINKS ... PRIVATE ...): one folder of the engine as a static library.
# Its headers are visible to whoever links it, and to nobody else: that is how the layers hold.
function(ts_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE" ${ARGN})
  add_library(ts_${name} STATIC ${ARG_SOURCES})
  target_include_directories(ts_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(ts_${name} PUBLIC ts_api ${ARG_LINKS} PRIVATE ts_warnings ${ARG_PRIVATE})
endfunction()
