set(room_libs fmt::fmt Boost::json OpenSSL::Crypto Threads::Threads)
