pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
set(room_libs OpenSSL::SSL OpenSSL::Crypto PkgConfig::NGHTTP2)
