pkg_check_modules(yaml_cpp REQUIRED IMPORTED_TARGET yaml-cpp)
set(room_libs PkgConfig::yaml_cpp)
