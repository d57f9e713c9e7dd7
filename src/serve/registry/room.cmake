set(room_libs OpenSSL::Crypto)
