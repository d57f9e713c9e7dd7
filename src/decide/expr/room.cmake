pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
set(room_libs PkgConfig::re2)
