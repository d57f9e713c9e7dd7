# libfovea_engine.so, its headers, find_package(fovea) and pkg-config: `cmake --install BUILD --component engine`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(fovea_engine SHARED $<TARGET_OBJECTS:fovea_engine_api>)
add_library(fovea::engine ALIAS fovea_engine)
target_link_libraries(fovea_engine PRIVATE fovea_engine_api)
set(fovea_engine_map ${CMAKE_CURRENT_SOURCE_DIR}/src/engine/api/engine.map)
target_link_options(fovea_engine PRIVATE -Wl,--version-script=${fovea_engine_map})
if(NOT FOVEA_SANITIZE)  # whose functions come with the program
  target_link_options(fovea_engine PRIVATE -Wl,--no-undefined)
endif()
set_target_properties(fovea_engine PROPERTIES
  EXPORT_NAME engine
  LINKER_LANGUAGE CXX
  LINK_DEPENDS ${fovea_engine_map}
  SOVERSION ${PROJECT_VERSION_MAJOR}
  VERSION ${PROJECT_VERSION})
target_include_directories(fovea_engine INTERFACE
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

set(fovea_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fovea)
install(TARGETS fovea_engine EXPORT fovea_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT engine NAMELINK_COMPONENT engine)
install(FILES include/fovea/engine.h include/fovea/engine_c.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fovea COMPONENT engine)
install(EXPORT fovea_targets FILE foveaTargets.cmake NAMESPACE fovea:: DESTINATION ${fovea_package_dir}
  COMPONENT engine)
configure_package_config_file(cmake/foveaConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/foveaConfig.cmake
  INSTALL_DESTINATION ${fovea_package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/foveaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH fovea_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/fovea-engine.pc.in ${CMAKE_CURRENT_BINARY_DIR}/fovea-engine.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/foveaConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/foveaConfigVersion.cmake
  DESTINATION ${fovea_package_dir} COMPONENT engine)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/fovea-engine.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT engine)
