add_library(fovea_engine_headers INTERFACE)  # fovea/engine.h and fovea/engine_c.h, which are installed
target_include_directories(fovea_engine_headers INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include)
set(room_libs fovea_engine_headers fmt::fmt)
