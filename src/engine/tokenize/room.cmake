pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc)
set(room_libs PkgConfig::ICU)
