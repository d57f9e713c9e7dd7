set(room_libs fmt::fmt)
