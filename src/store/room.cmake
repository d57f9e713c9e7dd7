pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
set(room_libs PkgConfig::SQLITE)
