pkg_check_modules(GUMBO REQUIRED IMPORTED_TARGET gumbo)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-i18n icu-uc)
set(room_libs PkgConfig::GUMBO PkgConfig::ICU)
