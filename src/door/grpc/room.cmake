set(room_libs OpenSSL::SSL OpenSSL::Crypto)
