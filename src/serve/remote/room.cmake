find_package(ZLIB REQUIRED)
set(room_libs ZLIB::ZLIB OpenSSL::SSL)
