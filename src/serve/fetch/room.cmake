pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
set(room_libs PkgConfig::CURL)
